package trace

import (
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
)

// builder writes a Log by hand, in the order in which a run would.
type builder struct {
	log  *Log
	step int
	at   clock.Time
	sent []int      // packets per host
	last map[int]ID // the latest call that began, per host
}

const a, b = 0, 1

// build starts a log of two hosts and one connection.
func build(name, addrA, addrB string, oneWay time.Duration, settings ...string) *builder {
	ends := [2]wire.Endpoint{endpoint(addrA), endpoint(addrB)}
	return &builder{
		log: &Log{
			Name: name, Settings: settings,
			Hosts: []Host{{"A", []wire.Addr{ends[0].Addr}}, {"B", []wire.Addr{ends[1].Addr}}},
			Links: []Link{{Name: "A-B", Hosts: [2]int{a, b}, RTT: 2 * oneWay}},
			Conns: []Conn{{wire.ProtoTCP, [2]ConnEnd{{a, ends[0]}, {b, ends[1]}}}},
		},
		sent: make([]int, 9),
		last: map[int]ID{},
	}
}

func endpoint(s string) wire.Endpoint {
	e, err := wire.ParseEndpoint(s)
	if err != nil {
		panic(err)
	}
	return e
}

// at starts a step at an instant given in seconds, "2.002".
func (b *builder) now(seconds string) *builder {
	d, err := time.ParseDuration(seconds + "s")
	if err != nil {
		panic(err)
	}
	b.at = clock.At(d)
	return b.then()
}

// then starts another step at the same instant.
func (b *builder) then() *builder {
	b.step++
	return b
}

func (b *builder) add(e Event) ID {
	e.At, e.Step = b.at, b.step
	return b.log.Add(e)
}

func (b *builder) text(kind Kind, host int, texts ...string) *builder {
	for _, t := range texts {
		b.add(Event{Kind: kind, Host: host, Packet: -1, Text: t})
	}
	return b
}

// state says that the host's connection is in another state.
func (b *builder) state(host int, to string) *builder {
	b.add(Event{Kind: State, Host: host, Packet: -1, To: to})
	return b
}

// call says that a call begins and blocks: `connect B:4500`.
func (b *builder) call(host int, text string) *builder {
	b.last[host] = b.add(Event{Kind: Call, Host: host, Packet: -1, Call: parseCall(text)})
	return b
}

// ret says that a call returns: `send "ABC" = 3`. After the step's cause, if
// it has one.
func (b *builder) ret(host int, text string, cause ...ID) *builder {
	e := Event{Kind: Return, Host: host, Packet: -1, Call: parseCall(text)}
	if len(cause) > 0 {
		e.Cause = cause[0]
	}
	e.Call.Begun = b.last[host]
	delete(b.last, host)
	b.add(e)
	return b
}

// parseCall reads a call as CallText prints it.
func parseCall(s string) CallText {
	var c CallText
	unquote := func(s string) (string, []byte) {
		if before, data, ok := strings.Cut(s, ` "`); ok {
			return before, []byte(strings.TrimSuffix(data, `"`))
		}
		if strings.HasPrefix(s, `"`) {
			return "", []byte(strings.Trim(s, `"`))
		}
		return s, nil
	}
	before, after, _ := strings.Cut(s, " = ")
	before, c.Data = unquote(before)
	c.Name, c.Args, _ = strings.Cut(before, " ")
	c.Result, c.Got = unquote(after)
	c.Failed = len(c.Result) > 1 && c.Result[0] == 'E' && c.Result != "EOF"
	return c
}

// send hands a segment to the link: flags and numbers as the ladder prints
// them, "P. 1:8(7) ack 1". It returns the packet's index.
func (b *builder) send(host int, text string) int {
	f := strings.Fields(text)
	p := Packet{From: host, Conn: 0, SeqBase: wire.Seq(1000 * (host + 1)), AckBase: wire.Seq(1000 * (2 - host))}
	b.sent[host]++
	p.N = b.sent[host]
	if rest, ok := strings.CutPrefix(f[0], "R"); ok && rest != "" && rest[0] >= '1' && rest[0] <= '9' {
		p.Resend = int(rest[0] - '0')
		f = f[1:]
	}
	p.Pkt.Proto = wire.ProtoTCP
	t := &p.Pkt.TCP
	t.Window = 65535
	for _, letter := range f[0] {
		t.Flags |= map[rune]wire.Flags{'S': wire.SYN, '.': wire.ACK, 'P': wire.PSH, 'F': wire.FIN, 'R': wire.RST}[letter]
	}
	var seq, end, ack int
	for i := 1; i < len(f); i++ {
		switch {
		case f[i] == "ack":
			ack = atoi(f[i+1])
			i++
		case f[i] == "win":
			t.Window = uint16(atoi(f[i+1]))
			i++
		case f[i] == "sack":
			left, right, _ := strings.Cut(f[i+1], ":")
			t.Options.AddSACK([]wire.SACKBlock{{Left: p.AckBase.Add(atoi(left)), Right: p.AckBase.Add(atoi(right))}})
			i++
		default:
			from, to, isRange := strings.Cut(f[i], ":")
			seq = atoi(from)
			if isRange {
				to, _, _ = strings.Cut(to, "(")
				end = atoi(to)
				t.Payload = make([]byte, end-seq)
			}
		}
	}
	t.Seq, t.Ack = p.SeqBase.Add(seq), p.AckBase.Add(ack)
	p.Copies = []Copy{{To: 1 - host, Link: 0}}
	n := len(b.log.Packets)
	p.Sent = b.add(Event{Kind: Send, Host: host, Packet: n})
	b.log.Packets = append(b.log.Packets, p)
	return n
}

func atoi(s string) int {
	n := 0
	for _, r := range s {
		n = 10*n + int(r-'0')
	}
	return n
}

// arrive begins the step in which a packet's first copy arrives now.
func (b *builder) arrive(packet int) ID { return b.arriveCopy(packet, 0) }

func (b *builder) arriveCopy(packet, copy int) ID {
	b.then()
	p := &b.log.Packets[packet]
	c := &p.Copies[copy]
	c.Fate, c.At = Arrived, b.at
	c.Event = b.add(Event{Kind: Arrive, Host: c.To, Packet: packet, Copy: copy, Cause: p.Sent})
	return c.Event
}

// lose says that the packet's first copy dies now.
func (b *builder) lose(packet int, fate Fate, text string) {
	p := &b.log.Packets[packet]
	c := &p.Copies[0]
	c.Fate, c.At = fate, b.at
	c.Event = b.add(Event{Kind: Lose, Host: p.From, Packet: packet, Cause: p.Sent, Text: text})
}

func (b *builder) final(states ...string) *Log {
	for host, s := range states {
		b.log.Final = append(b.log.Final, Final{0, host, s})
	}
	return b.log
}

func draw(t testing.TB, log *Log, opt Options) string {
	t.Helper()
	var w strings.Builder
	if err := Ladder(&w, log, opt); err != nil {
		t.Fatal(err)
	}
	return w.String()
}

// same compares two ladders and shows the first lines that differ.
func same(t testing.TB, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(strings.TrimPrefix(want, "\n"), "\n")
	for i := range max(len(g), len(w)) {
		switch {
		case i >= len(g):
			t.Fatalf("line %d is missing:\n%s\ngot\n%s", i+1, w[i], got)
		case i >= len(w):
			t.Fatalf("line %d is too many:\n%s\ngot\n%s", i+1, g[i], got)
		case g[i] != w[i]:
			t.Fatalf("line %d: got\n%s\nwant\n%s\nin\n%s", i+1, g[i], w[i], got)
		}
	}
}
