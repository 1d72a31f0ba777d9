package trace

import (
	"encoding/json"
	"io"
	"strconv"

	"simrun/clock"
	"simrun/wire"
	"simrun/wire/notation"
)

// headJSON is the first line of an event log.
type headJSON struct {
	Version  int         `json:"version"`
	Name     string      `json:"name"`
	Settings []string    `json:"settings"`
	Command  string      `json:"command"`
	Hosts    []hostJSON  `json:"hosts"`
	Links    []linkJSON  `json:"links"`
	Conns    []connJSON  `json:"conns"`
	Final    []finalJSON `json:"final"`
}

type hostJSON struct {
	Name  string   `json:"name"`
	Addrs []string `json:"addrs"`
}

type linkJSON struct {
	Name  string    `json:"name"`
	Hosts [2]string `json:"hosts"`
	RTT   int64     `json:"rtt"`
}

type connJSON struct {
	Proto string     `json:"proto"`
	Ends  [2]endJSON `json:"ends"`
}

type endJSON struct {
	Host     string `json:"host"`
	Endpoint string `json:"endpoint"`
}

type finalJSON struct {
	Conn  int    `json:"conn"`
	Host  string `json:"host"`
	State string `json:"state"`
}

// eventJSON is every further line.
type eventJSON struct {
	ID     ID          `json:"id"`
	At     clock.Time  `json:"at"`
	Step   int         `json:"step"`
	Kind   string      `json:"kind"`
	Host   string      `json:"host"`
	Conn   int         `json:"conn,omitempty"`
	Cause  ID          `json:"cause,omitempty"`
	Packet *packetJSON `json:"packet,omitempty"`
	Call   *callJSON   `json:"call,omitempty"`
	From   string      `json:"from,omitempty"`
	To     string      `json:"to,omitempty"`
	Text   string      `json:"text,omitempty"`
	Row    *rowJSON    `json:"row,omitempty"`
	Window *windowJSON `json:"window,omitempty"`
}

type windowJSON struct {
	Phase    string `json:"phase"`
	Cwnd     int    `json:"cwnd"`
	Ssthresh int    `json:"ssthresh,omitempty"`
	Pipe     int    `json:"pipe"`
}

type packetJSON struct {
	Number  string   `json:"number"`
	Copy    int      `json:"copy,omitempty"`
	Forged  bool     `json:"forged,omitempty"`
	Resend  int      `json:"retransmission,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	Src     string   `json:"src"`
	Dst     string   `json:"dst"`
	Tag     *int64   `json:"tag,omitempty"`
	Chunks  []string `json:"chunks,omitempty"`
	Flags   string   `json:"flags,omitempty"`
	Seq     *int     `json:"seq,omitempty"`
	Ack     *int     `json:"ack,omitempty"`
	SeqAbs  *int64   `json:"seq_abs,omitempty"`
	AckAbs  *int64   `json:"ack_abs,omitempty"`
	Len     int      `json:"len"`
	Window  *int     `json:"win,omitempty"`
	Options string   `json:"options,omitempty"`
	ICMP    string   `json:"icmp,omitempty"`
	Link    string   `json:"link,omitempty"`
	Fate    string   `json:"fate,omitempty"`
	Note    string   `json:"note,omitempty"`
	Marked  bool     `json:"ce,omitempty"`
}

type callJSON struct {
	App    string  `json:"app,omitempty"`
	Name   string  `json:"name"`
	Args   string  `json:"args,omitempty"`
	Data   *string `json:"data,omitempty"`
	Result string  `json:"result,omitempty"`
	Got    *string `json:"got,omitempty"`
	Failed bool    `json:"failed,omitempty"`
	Begun  ID      `json:"begun,omitempty"`
}

type rowJSON struct {
	ID  string `json:"id"`
	Ref string `json:"ref,omitempty"`
	Why string `json:"why,omitempty"`
}

var kindNames = [...]string{
	Send: "send", Arrive: "arrive", Lose: "lose", Call: "call", Return: "return", Blocked: "blocked",
	State: "state", Fired: "fired", Timer: "timer", Signal: "signal", Drop: "drop", Note: "note",
}

var fateNames = [...]string{LostAtQueue: "queue", LostOnLink: "link", LostAtReceiver: "receiver"}

// JSONL writes the log as one JSON value a line: the run first, then every
// event. The package comment tells the fields.
func JSONL(w io.Writer, log *Log) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(headOf(log)); err != nil {
		return err
	}
	for i := range log.Events {
		if err := enc.Encode(eventOf(log, &log.Events[i])); err != nil {
			return err
		}
	}
	return nil
}

func headOf(log *Log) headJSON {
	h := headJSON{
		Version: 1, Name: log.Name, Command: log.Command,
		Settings: append([]string{}, log.Settings...),
		Hosts:    []hostJSON{}, Links: []linkJSON{}, Conns: []connJSON{}, Final: []finalJSON{},
	}
	for _, host := range log.Hosts {
		j := hostJSON{Name: host.Name, Addrs: []string{}}
		for _, a := range host.Addrs {
			j.Addrs = append(j.Addrs, a.String())
		}
		h.Hosts = append(h.Hosts, j)
	}
	for _, k := range log.Links {
		h.Links = append(h.Links, linkJSON{k.Name, [2]string{hostName(log, k.Hosts[0]), hostName(log, k.Hosts[1])}, int64(k.RTT)})
	}
	for _, c := range log.Conns {
		j := connJSON{Proto: protoName(c.Proto)}
		for i, end := range c.Ends {
			j.Ends[i] = endJSON{hostName(log, end.Host), end.Endpoint.String()}
		}
		h.Conns = append(h.Conns, j)
	}
	for _, f := range log.Final {
		h.Final = append(h.Final, finalJSON{f.Conn + 1, hostName(log, f.Host), f.State})
	}
	return h
}

func eventOf(log *Log, e *Event) eventJSON {
	j := eventJSON{
		ID: e.ID, At: e.At, Step: e.Step, Host: hostName(log, e.Host), Conn: e.Conn + 1,
		Cause: e.Cause, From: e.From, To: e.To, Text: e.Text,
	}
	if int(e.Kind) < len(kindNames) {
		j.Kind = kindNames[e.Kind]
	}
	switch e.Kind {
	case Send, Arrive, Lose:
		j.Packet = packetOf(log, e)
	case Call, Return, Blocked:
		c := &e.Call
		j.Call = &callJSON{c.App, c.Name, c.Args, escape(c.Data), c.Result, escape(c.Got), c.Failed, c.Begun}
	case Fired:
		j.Row = &rowJSON{e.Row.ID, e.Row.Ref, e.Row.Why}
	case Signal:
		if w := e.Window; w.Phase != "" {
			j.Window = &windowJSON{w.Phase, w.Cwnd, w.Ssthresh, w.Pipe}
		}
	}
	return j
}

func packetOf(log *Log, e *Event) *packetJSON {
	if e.Packet < 0 || e.Packet >= len(log.Packets) {
		return nil
	}
	p := &log.Packets[e.Packet]
	j := &packetJSON{
		Number: packetName(log, p), Copy: e.Copy, Forged: p.Forged, Resend: p.Resend, Reason: p.Reason, Len: p.Pkt.UserData(),
	}
	if p.Pkt.Proto == wire.ProtoTCP {
		t := &p.Pkt.TCP
		seq, seqAbs, win := relative(t.Seq, p.SeqBase, false), int64(t.Seq), int(t.Window)
		j.Src, j.Dst = t.Source().String(), t.Destination().String()
		j.Flags, j.Seq, j.SeqAbs, j.Window = flagText(t.Flags), &seq, &seqAbs, &win
		j.Options = optionText(&t.Options, p.AckBase)
		if t.Flags.Has(wire.ACK) {
			ack, ackAbs := relative(t.Ack, p.AckBase, false), int64(t.Ack)
			j.Ack, j.AckAbs = &ack, &ackAbs
		}
	} else if p.Pkt.Proto == wire.ProtoSCTP {
		t := &p.Pkt.SCTP
		tag := int64(t.Tag)
		j.Src, j.Dst, j.Tag = t.Source().String(), t.Destination().String(), &tag
		j.Chunks = notation.ChunksFields(t, p.base(false))
	} else {
		net := p.Pkt.Net()
		j.Src, j.Dst, j.ICMP = net.Src.String(), net.Dst.String(), p.Pkt.ICMP.Kind.String()
	}
	if e.Kind != Send && e.Copy < len(p.Copies) {
		c := &p.Copies[e.Copy]
		j.Note, j.Marked = c.Note, c.Marked
		if c.Link >= 0 && c.Link < len(log.Links) {
			j.Link = log.Links[c.Link].Name
		}
		if int(c.Fate) < len(fateNames) {
			j.Fate = fateNames[c.Fate]
		}
	}
	return j
}

// escape is octets as a Go string literal has them, without the quotes, so
// that any octets can be told from the text.
func escape(data []byte) *string {
	if data == nil {
		return nil
	}
	q := strconv.Quote(string(data))
	q = q[1 : len(q)-1]
	return &q
}

func hostName(log *Log, i int) string {
	if i < 0 || i >= len(log.Hosts) {
		return ""
	}
	return log.Hosts[i].Name
}

func protoName(p wire.Proto) string {
	switch p {
	case wire.ProtoTCP:
		return "tcp"
	case wire.ProtoSCTP:
		return "sctp"
	}
	return strconv.Itoa(int(p))
}
