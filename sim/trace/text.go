package trace

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"simrun/wire"
)

// arrowText is what stands on an arrow, in parts, so that a narrow ladder can
// shorten it.
type arrowText struct {
	num      string   // the packet's number at its sender
	tags     []string // connection, path, retransmission
	flags    string
	seq      string   // "1:8(7)", "15"
	shortSeq string   // "1(7)"
	tail     []string // "ack 8", "win 0"
	more     []string // what never stands on the shaft: SACK blocks
	measure

	chunks     []string // of SCTP: in place of flags and numbers
	shortChunk string   // the first of them, in short
	gaps       string   // what a SACK says besides its number
}

// join is the text in one line; the number stands at the sender's end.
func (a *arrowText) join(seq string, tail []string, right bool) string {
	words := append([]string{}, a.tags...)
	for _, w := range append([]string{a.flags, seq}, tail...) {
		if w != "" {
			words = append(words, w)
		}
	}
	body := strings.Join(words, " ")
	switch {
	case a.num == "":
		return body
	case right:
		return body + " " + a.num
	}
	return a.num + " " + body
}

// fit is the fullest text of at most n cells, and what had to give way. When
// nothing more can, it is cut.
func (a *arrowText) fit(n int, right bool) (text string, more []string) {
	if a.chunks != nil {
		return a.fitChunks(n, right)
	}
	for _, seq := range []string{a.seq, a.shortSeq} {
		if text = a.join(seq, a.tail, right); Cells(text) <= n {
			return text, a.more
		}
	}
	for k := len(a.tail) - 1; k >= 0; k-- {
		more = append([]string{a.tail[k]}, more...)
		if text = a.join(a.shortSeq, a.tail[:k], right); Cells(text) <= n {
			return text, append(more, a.more...)
		}
	}
	more = append([]string{a.seq}, more...)
	text, rest := cutCells(a.join("", nil, right), n)
	if rest != "" && right { // the number is what must stay
		text, _ = cutCells(a.num, n)
		more = append(append([]string{}, a.tags...), append([]string{a.flags}, more...)...)
	}
	return text, append(more, a.more...)
}

// flagText is the control bits as tcpdump writes them.
func flagText(f wire.Flags) string {
	var b strings.Builder
	for _, l := range [...]struct {
		bit    wire.Flags
		letter byte
	}{
		{wire.FIN, 'F'}, {wire.SYN, 'S'}, {wire.RST, 'R'}, {wire.PSH, 'P'}, {wire.ACK, '.'},
		{wire.URG, 'U'}, {wire.ECE, 'E'}, {wire.CWR, 'W'}, {wire.AE, 'e'},
	} {
		if f.Has(l.bit) {
			b.WriteByte(l.letter)
		}
	}
	if b.Len() == 0 {
		return "none"
	}
	return b.String()
}

// sender is what a host said last on one connection: what a next segment says
// anew is printed.
type sender struct {
	sent   bool
	acked  bool
	ack    int
	next   int // the highest sequence number it has reached
	window uint16
}

// relative is a sequence number counted from base, or as it stands in the
// header.
func relative(s, base wire.Seq, absolute bool) int {
	if absolute {
		return int(uint32(s))
	}
	return s.Sub(base)
}

// tcpText is the arrow text of a segment, without its number and tags, given
// what its sender said before. It notes what is said now.
func tcpText(p *Packet, last *sender, absolute bool) arrowText {
	t := &p.Pkt.TCP
	seq := relative(t.Seq, p.SeqBase, absolute)
	ack := relative(t.Ack, p.AckBase, absolute)
	size := len(t.Payload)
	a := arrowText{flags: flagText(t.Flags)}
	switch {
	case size > 0:
		a.seq = fmt.Sprintf("%d:%d(%d)", seq, seq+size, size)
		a.shortSeq = fmt.Sprintf("%d(%d)", seq, size)
	case t.Flags&(wire.SYN|wire.FIN|wire.RST) != 0 || last.sent && seq != last.next:
		a.seq = strconv.Itoa(seq)
		a.shortSeq = a.seq
	}
	// What a bare ACK says is its number; beside anything else only a new one
	// is worth the room. A first SYN begins another life of the connection.
	hasAck, bare := t.Flags.Has(wire.ACK), t.Len() == 0 && !t.Flags.Has(wire.RST)
	news := hasAck && (!last.acked || ack != last.ack || t.Flags.Has(wire.SYN) && p.Resend == 0)
	if news || hasAck && bare {
		a.tail = append(a.tail, fmt.Sprintf("ack %d", ack))
	}
	turn := t.Window == 0 || last.window == 0 // the window shuts or opens: no train hides that
	if last.sent && t.Window != last.window && !t.Flags.Has(wire.RST) && (turn || bare && !news) {
		a.tail = append(a.tail, fmt.Sprintf("win %d", t.Window))
	}
	if t.Flags.Has(wire.URG) {
		a.tail = append(a.tail, fmt.Sprintf("urg %d", t.Urgent))
	}
	if text := sackText(&t.Options, p.AckBase, absolute); text != "" {
		a.more = append(a.more, text)
		a.sack = true
	}
	a.seqN, a.end, a.ack = seq, seq+size, ack
	switch {
	case p.Forged || p.Resend > 0 || last.sent && t.Window != last.window && turn || t.Flags&^(wire.PSH|wire.ACK) != 0:
	case size > 0:
		a.kind = data
	case size == 0 && a.seq == "" && news:
		a.kind = advance
	case size == 0 && a.seq == "":
		a.kind = again
	}
	if p.Forged { // it says nothing of what its pretended sender says
		return a
	}
	if hasAck {
		last.acked, last.ack = true, ack
	}
	if t.Flags.Has(wire.RST) { // it may answer any number
		return a
	}
	end := seq + t.Len()
	if !last.sent || end > last.next || t.Flags.Has(wire.SYN) {
		last.next = end
	}
	last.sent, last.window = true, t.Window
	return a
}

// sackText is the blocks of the SACK option: "sack 18981:43801 52561:58401".
func sackText(o *wire.Options, base wire.Seq, absolute bool) string {
	blocks, n := o.SACK()
	if n == 0 {
		return ""
	}
	text := "sack"
	for _, b := range blocks[:n] {
		text += fmt.Sprintf(" %d:%d", relative(b.Left, base, absolute), relative(b.Right, base, absolute))
	}
	return text
}

// optionText is the options of a segment in their order, without padding; base
// is what SACK blocks count from.
func optionText(o *wire.Options, base wire.Seq) string {
	var all []string
	for opt, next, ok := o.Next(0); ok; opt, next, ok = o.Next(next) {
		text := fmt.Sprintf("kind %d %x", opt.Kind, opt.Data)
		switch {
		case opt.Kind == wire.OptNop || opt.Kind == wire.OptEnd:
			continue
		case opt.Malformed:
			text = fmt.Sprintf("malformed kind %d", opt.Kind)
		case opt.Kind == wire.OptMSS && len(opt.Data) == 2:
			text = fmt.Sprintf("mss %d", binary.BigEndian.Uint16(opt.Data))
		case opt.Kind == wire.OptWindowScale && len(opt.Data) == 1:
			text = fmt.Sprintf("wscale %d", opt.Data[0])
		case opt.Kind == wire.OptSACKPermitted && len(opt.Data) == 0:
			text = "sackOK"
		case opt.Kind == wire.OptSACK && len(opt.Data)%8 == 0:
			text = sackText(o, base, false)
		case opt.Kind == wire.OptTimestamps && len(opt.Data) == 8:
			text = fmt.Sprintf("TS val %d ecr %d", binary.BigEndian.Uint32(opt.Data), binary.BigEndian.Uint32(opt.Data[4:]))
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// icmpText is the arrow text of an ICMP message.
func icmpText(m *wire.ICMP) arrowText {
	a := arrowText{flags: "ICMP", seq: m.Kind.String(), shortSeq: m.Kind.String()}
	if m.Kind == wire.PacketTooBig {
		a.tail = []string{fmt.Sprintf("mtu %d", m.MTU)}
	}
	return a
}

// texts makes the arrow text of every packet of the log, in the order sent.
func texts(log *Log, opt Options, tag func(p *Packet) []string) []arrowText {
	type voice struct{ conn, host int }
	said := map[voice]*sender{}
	all := make([]arrowText, len(log.Packets))
	for i := range log.Packets {
		p := &log.Packets[i]
		var a arrowText
		if p.Pkt.Proto == wire.ProtoTCP {
			v := voice{p.Conn, p.From}
			if said[v] == nil {
				said[v] = &sender{}
			}
			a = tcpText(p, said[v], opt.Absolute)
		} else if p.Pkt.Proto == wire.ProtoSCTP {
			a = sctpText(p, opt.Absolute)
		} else {
			a = icmpText(&p.Pkt.ICMP)
		}
		a.num = "*"
		if !p.Forged {
			a.num = strconv.Itoa(p.N)
		}
		a.tags = tag(p)
		if p.Resend > 0 {
			a.tags = append(a.tags, fmt.Sprintf("R%d", p.Resend))
		}
		all[i] = a
	}
	return all
}
