package trace

import (
	"fmt"
	"strings"

	"simrun/wire"
)

// title prints the name of the run at the left, what sets it apart at the
// right.
func (p *page) title() {
	settings := make([]string, len(p.log.Settings))
	for i, s := range p.log.Settings {
		settings[i] = p.g.clean(s)
	}
	name := p.g.clean(p.log.Name)
	all := strings.Join(settings, p.g.dot)
	if name == "" && all == "" {
		return
	}
	if Cells(name)+2+Cells(all) <= p.opt.Width {
		p.line(span{name, bold}, span{padLeft(all, p.opt.Width-Cells(name)), plain})
		return
	}
	for _, t := range wrap(name, p.opt.Width, "") {
		p.line(span{t, bold})
	}
	for _, t := range p.pack(settings) {
		p.line(span{padLeft(t, p.opt.Width), plain})
	}
}

// pack joins settings into lines that fit the page.
func (p *page) pack(settings []string) []string {
	var lines []string
	for _, s := range settings {
		if n := len(lines); n > 0 && Cells(lines[n-1])+Cells(p.g.dot)+Cells(s) <= p.opt.Width {
			lines[n-1] += p.g.dot + s
			continue
		}
		lines = append(lines, wrap(s, p.opt.Width, "")...)
	}
	return lines
}

// heading prints the two ends above their lifelines, for each connection when
// there are several.
func (l *ladder) heading() {
	var shown []int
	for i := range l.log.Conns {
		ends := l.log.Conns[i].Ends
		if pairOf(ends[0].Host, ends[1].Host) == l.pair && (l.opt.Conn == 0 || l.opt.Conn-1 == i) {
			shown = append(shown, i)
		}
	}
	if len(shown) == 0 {
		l.ends(l.hostName(l.left), l.hostName(l.right))
		return
	}
	for _, i := range shown {
		ends := l.log.Conns[i].Ends
		var text [2]string
		for j, end := range ends {
			text[j] = l.hostName(end.Host)
			if end.Endpoint != (wire.Endpoint{}) {
				text[j] += " " + end.Endpoint.String()
			}
		}
		if len(shown) > 1 {
			text[0] = connTag(i) + " " + text[0]
		}
		l.ends(text[0], text[1])
	}
	if l.log.Conns[shown[0]].Proto == wire.ProtoSCTP {
		l.paths()
	}
}

// paths prints the links between the two hosts, if there are several: what the
// arrows call the paths of an association.
func (l *ladder) paths() {
	var all []string
	for i := range l.log.Links {
		k := &l.log.Links[i]
		if pairOf(k.Hosts[0], k.Hosts[1]) != l.pair {
			continue
		}
		left, right := k.Addrs[0], k.Addrs[1]
		if k.Hosts[0] != l.left {
			left, right = right, left
		}
		all = append(all, l.g.clean(k.Name)+" "+left.String()+l.g.line+right.String())
	}
	switch len(all) {
	case 0, 1:
	case 2:
		l.ends(all[0], all[1])
	default:
		for _, text := range all {
			l.ends(text, "")
		}
	}
}

// ends prints one text at the left and one at the right, on two lines if one
// has no room for both.
func (l *ladder) ends(left, right string) {
	if room := l.opt.Width - Cells(left); Cells(right)+2 <= room {
		l.line(span{left + padLeft(right, room), plain})
		return
	}
	left, _ = cutCells(left, l.opt.Width)
	right, _ = cutCells(right, l.opt.Width)
	l.line(span{left, plain})
	l.line(span{padLeft(right, l.opt.Width), plain})
}

func (p *page) hostName(i int) string { return p.g.clean(hostName(p.log, i)) }

// connTag names a connection on arrows and in the heading.
func connTag(i int) string { return fmt.Sprintf("c%d", i+1) }

// packetName is how faults address the packet, "a#4"; a forged one has no
// number.
func packetName(log *Log, p *Packet) string {
	host := strings.ToLower(hostName(log, p.From))
	if p.Forged {
		return host + " forged"
	}
	return fmt.Sprintf("%s#%d", host, p.N)
}

func isReset(p *Packet) bool {
	if p.Pkt.Proto == wire.ProtoSCTP {
		return p.Pkt.SCTP.Chunks.Has(wire.ChunkAbort)
	}
	return p.Pkt.Proto == wire.ProtoTCP && p.Pkt.TCP.Flags.Has(wire.RST)
}
