package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"simrun/sim"
	"simrun/sim/catalogue"
	"simrun/sim/trace"
	"simrun/wire"
)

// asIPv6 is an IPv4 address's place in 2001:db8::/96.
func asIPv6(a wire.Addr) wire.Addr {
	if !a.IsValid() || !a.Is4() {
		return a
	}
	b := a.As16()
	return wire.MustParseAddr(fmt.Sprintf("2001:db8::%x:%x", int(b[12])<<8|int(b[13]), int(b[14])<<8|int(b[15])))
}

// overIPv6 is a scenario with all of its addresses in IPv6. The hosts announce
// the MSS that they have over IPv4, unless own says that they choose it.
func overIPv6(sc sim.Scenario, own bool) *sim.Scenario {
	sc.Hosts, sc.Links, sc.Apps = slices.Clone(sc.Hosts), slices.Clone(sc.Links), slices.Clone(sc.Apps)
	for i := range sc.Hosts {
		h := &sc.Hosts[i]
		h.Addrs = slices.Clone(h.Addrs)
		for j := range h.Addrs {
			h.Addrs[j] = asIPv6(h.Addrs[j])
		}
		if !own {
			h.Settings = append([]sim.Setting{{Key: "mss", Value: "1460"}}, h.Settings...)
		}
	}
	for i := range sc.Links {
		for j := range sc.Links[i].Ends {
			sc.Links[i].Ends[j].Addr = asIPv6(sc.Links[i].Ends[j].Addr)
		}
	}
	for i := range sc.Apps {
		code := slices.Clone(sc.Apps[i].Code)
		for j := range code {
			code[j].Remote.Addr, code[j].Local.Addr = asIPv6(code[j].Remote.Addr), asIPv6(code[j].Local.Addr)
		}
		sc.Apps[i].Code = code
	}
	sc.Inject = slices.Clone(sc.Inject)
	for i := range sc.Inject {
		in := &sc.Inject[i]
		in.Src.Addr, in.Dst.Addr = asIPv6(in.Src.Addr), asIPv6(in.Dst.Addr)
	}
	return &sc
}

// story is what happens in a run, without the addresses: each packet, what
// became of it, what each call returned, and how it ended.
func story(t *testing.T, sc *sim.Scenario) (lines []string, log *trace.Log) {
	t.Helper()
	w := newWorld(t, sc)
	log = w.Record()
	for _, inv := range sim.Invariants() {
		w.Tolerate(inv.ID) // some scenarios break them, over IPv4 and IPv6 alike
	}
	rest(t, w, nil)
	w.Finish()
	for i := range log.Packets {
		p := &log.Packets[i]
		s := &p.Pkt.TCP
		line := fmt.Sprintf("%v %d %v %d %d %d", log.Event(p.Sent).At, p.From, s.Flags, s.Seq-p.SeqBase, len(s.Payload), s.Window)
		if s.Flags.Has(wire.ACK) {
			line += fmt.Sprintf(" ack %d", s.Ack-p.AckBase)
		}
		for _, c := range p.Copies {
			line += fmt.Sprintf(" %v@%v", c.Fate, c.At)
		}
		lines = append(lines, line)
	}
	for i := range log.Events {
		if e := &log.Events[i]; e.Kind == trace.Return {
			lines = append(lines, fmt.Sprintf("%v %d %s = %s", e.At, e.Host, e.Call.Name, e.Call.Result))
		}
	}
	return append(lines, fmt.Sprint(log.Final)), log
}

// otherwiseOverIPv6 reports whether a scenario's story depends on the length of
// the header or on the address itself: a link has a rate or an MTU, or a forged
// packet acknowledges a number as such (!) that is the hosts' own to choose
// (RFC 6528 3).
func otherwiseOverIPv6(sc *sim.Scenario) bool {
	given := slices.ContainsFunc(sc.Hosts, func(h sim.HostSpec) bool {
		return slices.ContainsFunc(h.Settings, func(s sim.Setting) bool { return s.Key == "iss" })
	})
	return slices.ContainsFunc(sc.Links, func(l sim.LinkSpec) bool { return l.Rate > 0 || l.MTU > 0 }) ||
		slices.ContainsFunc(sc.Inject, func(in sim.Injection) bool { return strings.Contains(in.Source, "ack !") && !given })
}

// TestBookOverIPv6 runs the book over IPv6: every scenario tells the same story.
// A full-sized segment is 20 octets shorter: 1,440 for 1,460.
func TestBookOverIPv6(t *testing.T) {
	told := 0
	for _, name := range catalogue.Names() {
		t.Run(name, func(t *testing.T) {
			f, err := catalogue.File(name)
			if err != nil {
				t.Fatal(err)
			}
			if otherwiseOverIPv6(f.Scenario) || !f.Scenario.Hosts[0].Addrs[0].Is4() {
				return
			}
			told++
			want, _ := story(t, f.Scenario)
			got, _ := story(t, overIPv6(*f.Scenario, false))
			for i := range max(len(want), len(got)) {
				if i >= len(want) || i >= len(got) || want[i] != got[i] {
					t.Fatalf("line %d of %d and %d: over IPv6\n%s\nover IPv4\n%s", i, len(got), len(want), at(got, i), at(want, i))
				}
			}
			_, log := story(t, overIPv6(*f.Scenario, true))
			for i := range log.Packets {
				p := &log.Packets[i]
				mss, ok := p.Pkt.TCP.Options.MSS()
				if ok && mss != 1440 && !p.Forged && !strings.Contains(strings.Join(log.Settings, " "), "mss=") {
					t.Errorf("packet %d announces an MSS of %d, want 1440", i, mss)
				}
			}
		})
	}
	if told < 60 {
		t.Errorf("%d scenarios were told, want most", told)
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}
