package main

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"simrun/clock"
	"simrun/sim/script"
	"simrun/sim/trace"
	"simrun/wire/codec"
	"simrun/wire/pcap"
)

// checkOutputs refuses what could not be written, before the run.
func (f *runFlags) checkOutputs(file *script.File) error {
	if f.pcap != "" && !strings.HasSuffix(f.pcap, ".pcap") && !strings.HasSuffix(f.pcap, ".pcapng") {
		return fmt.Errorf("--pcap: want a file that ends in .pcap or .pcapng, found %q", f.pcap)
	}
	if f.vantage == "" {
		return nil
	}
	var names []string
	for _, h := range file.Scenario.Hosts {
		if strings.EqualFold(h.Name, f.vantage) {
			return nil
		}
		names = append(names, h.Name)
	}
	return fmt.Errorf("--vantage: want one of the hosts %s, found %q", strings.Join(names, ", "), f.vantage)
}

// frame is one packet as the vantage host sees it.
type frame struct {
	event trace.ID // the order of the capture is the order of events
	at    clock.Time
	p     *trace.Packet
	out   bool
	note  string
}

// frames is the packets that a host sent and those that reached it.
func frames(log *trace.Log, host int) []frame {
	var all []frame
	for i := range log.Packets {
		p := &log.Packets[i]
		if p.From == host && !p.Forged {
			all = append(all, frame{p.Sent, log.Event(p.Sent).At, p, true, sentComment(log, p)})
		}
		for j := range p.Copies {
			c := &p.Copies[j]
			arrived := c.Fate == trace.Arrived || c.Fate == trace.LostAtReceiver
			if c.To == host && arrived && (p.From != host || p.Forged) {
				all = append(all, frame{c.Event, c.At, p, false, arrivedComment(log, p, c)})
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].event < all[j].event })
	return all
}

// writeCapture writes what one host sees, in the format that the name asks for.
func writeCapture(w io.Writer, name string, log *trace.Log, vantage string) error {
	host := 0
	for i, h := range log.Hosts {
		if strings.EqualFold(h.Name, vantage) {
			host = i
		}
	}
	var write func(pcap.Record) error
	if strings.HasSuffix(name, ".pcapng") {
		ng, err := pcap.NewNG(w, meta(log, host))
		if err != nil {
			return err
		}
		write = ng.Write
	} else {
		classic, err := pcap.NewClassic(w)
		if err != nil {
			return err
		}
		write = classic.Write
	}
	c := codec.New()
	for _, f := range frames(log, host) {
		data, err := c.Append(nil, &f.p.Pkt)
		if err != nil {
			return fmt.Errorf("packet %d of the capture: %w", f.event, err)
		}
		net := f.p.Pkt.Net()
		own := net.Dst
		if f.out {
			own = net.Src
		}
		iface := 0
		for i, a := range log.Hosts[host].Addrs {
			if a == own {
				iface = i
			}
		}
		err = write(pcap.Record{
			At: f.at, Interface: iface, Data: data, OrigLen: len(data), Comment: f.note, Outbound: f.out,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// meta describes the capture: an interface for each address of the host, the
// names of all hosts, and the command that makes it again.
func meta(log *trace.Log, host int) pcap.Meta {
	m := pcap.Meta{Comment: log.Command}
	for _, a := range log.Hosts[host].Addrs {
		name := log.Hosts[host].Name
		m.Interfaces = append(m.Interfaces, pcap.Interface{Name: name, Description: "host " + name + " at " + a.String(), Addr: a})
	}
	for _, h := range log.Hosts {
		for _, a := range h.Addrs {
			m.Names = append(m.Names, pcap.NameRecord{Addr: a, Name: h.Name})
		}
	}
	return m
}

// sentComment explains a packet that the host sent: what made it, what state
// the step left, and its death on the way.
func sentComment(log *trace.Log, p *trace.Packet) string {
	parts := []string{number(log, p)}
	sent := log.Event(p.Sent)
	if cause := log.Event(sent.Cause); cause != nil {
		if text := because(log, cause); text != "" {
			parts = append(parts, text)
		}
	}
	if p.Resend > 0 {
		parts = append(parts, fmt.Sprintf("retransmission %d", p.Resend))
	}
	parts = append(parts, transitions(log, sent.Step, p)...)
	for i := range p.Copies {
		c := &p.Copies[i]
		switch c.Fate {
		case trace.LostOnLink, trace.LostAtQueue:
			parts = append(parts, "lost on the link: "+log.Event(c.Event).Text)
		case trace.LostAtReceiver:
			parts = append(parts, "corrupted on the link, dropped by the receiver")
		}
		if c.Note != "" {
			parts = append(parts, c.Note)
		}
	}
	return strings.Join(parts, "; ")
}

// arrivedComment explains a packet that reached the host.
func arrivedComment(log *trace.Log, p *trace.Packet, c *trace.Copy) string {
	parts := []string{number(log, p)}
	if p.Resend > 0 {
		parts = append(parts, fmt.Sprintf("retransmission %d", p.Resend))
	}
	if c.Note != "" {
		parts = append(parts, c.Note)
	}
	if c.Fate == trace.LostAtReceiver {
		return strings.Join(append(parts, "corrupted on the link (shown as sent), dropped for its checksum"), "; ")
	}
	return strings.Join(append(parts, transitions(log, log.Event(c.Event).Step, p)...), "; ")
}

// number is the name that faults address a packet by.
func number(log *trace.Log, p *trace.Packet) string {
	if p.Forged {
		return "forged, as if from " + log.Hosts[p.From].Name
	}
	return fmt.Sprintf("%s#%d", strings.ToLower(log.Hosts[p.From].Name), p.N)
}

// because is the cause of a packet in a few words.
func because(log *trace.Log, e *trace.Event) string {
	switch e.Kind {
	case trace.Timer:
		return e.Text
	case trace.Call, trace.Return:
		return strings.TrimSpace(e.Call.Name + " " + e.Call.Args)
	case trace.Arrive:
		return "answers " + number(log, &log.Packets[e.Packet])
	}
	return ""
}

// transitions is the changes of state of a step, with the rules that made them.
func transitions(log *trace.Log, step int, p *trace.Packet) (all []string) {
	for i := range log.Events {
		e := &log.Events[i]
		if e.Step != step || e.Conn != p.Conn {
			continue
		}
		switch e.Kind {
		case trace.State:
			all = append(all, fmt.Sprintf("%s goes from %s to %s: %s (%s)", log.Hosts[e.Host].Name, e.From, e.To, e.Row.Why, e.Row.Ref))
		case trace.Signal:
			all = append(all, e.Text)
		}
	}
	return all
}
