// Package capture shows a run as one of its hosts saw it: a capture file for
// Wireshark, each packet with a comment that says what made it, what it
// changed, and what became of it. It is a view of the log of a run; nothing is
// recorded for it on the side.
package capture

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"simrun/clock"
	"simrun/sim/trace"
	"simrun/wire"
	"simrun/wire/codec"
	"simrun/wire/pcap"
)

// Format is a kind of capture file.
type Format uint8

const (
	PcapNG  Format = iota + 1 // with comments, host names and interfaces
	Classic                   // packets and times alone
)

// FormatOf is the format that a file's name asks for; false if it asks for
// none.
func FormatOf(name string) (Format, bool) {
	switch {
	case strings.HasSuffix(name, ".pcapng"):
		return PcapNG, true
	case strings.HasSuffix(name, ".pcap"):
		return Classic, true
	}
	return 0, false
}

// Write writes what one host saw, by its index: every packet that it sent, at
// the instant it sent it, and every copy that reached it. Packets that others
// lost on their way to it are not among them.
func Write(w io.Writer, format Format, log *trace.Log, host int) error {
	write, err := open(w, format, log, host)
	if err != nil {
		return err
	}
	c := codec.New()
	for _, f := range frames(log, host) {
		pkt := f.packet.Pkt
		if f.marked {
			pkt.Net().ECN = wire.CE
		}
		data, err := c.Append(nil, &pkt)
		if err != nil {
			return fmt.Errorf("capture of %s: %w", name(log, f.packet), err)
		}
		if f.flip > 0 {
			bit := f.flip - 1 + 8*wire.IPHeaderLen(f.packet.Pkt.Net().Dst)
			data[bit/8] ^= 0x80 >> (bit % 8)
		}
		err = write(pcap.Record{
			At: f.at, Interface: f.iface(log, host), Data: data, Comment: f.comment, Outbound: f.out,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// open begins a file and returns what writes a packet to it.
func open(w io.Writer, format Format, log *trace.Log, host int) (func(pcap.Record) error, error) {
	if format == Classic {
		classic, err := pcap.NewClassic(w)
		return classic.Write, err
	}
	ng, err := pcap.NewNG(w, meta(log, host))
	return ng.Write, err
}

// meta describes the capture: the command that makes it again, an interface
// for each address of the host, and the names of all hosts.
func meta(log *trace.Log, host int) pcap.Meta {
	m := pcap.Meta{Comment: log.Command}
	own := &log.Hosts[host]
	for _, a := range own.Addrs {
		m.Interfaces = append(m.Interfaces, pcap.Interface{
			Name: own.Name, Description: "host " + own.Name + " at " + a.String(), Addr: a,
		})
	}
	for _, h := range log.Hosts {
		for _, a := range h.Addrs {
			m.Names = append(m.Names, pcap.NameRecord{Addr: a, Name: h.Name})
		}
	}
	return m
}

// frame is one packet as the host sees it.
type frame struct {
	event   trace.ID // the order of the capture is the order of events
	at      clock.Time
	packet  *trace.Packet
	flip    int  // the bit that flipped on the way, from 1; 0: none
	marked  bool // with CE on the way
	out     bool // sent, not received
	comment string
}

// frames is the packets that a host sent and the copies that reached it.
func frames(log *trace.Log, host int) []frame {
	var all []frame
	c := newCommenter(log, host)
	for i := range log.Packets {
		p := &log.Packets[i]
		if p.From == host && !p.Forged {
			all = append(all, frame{
				event: p.Sent, at: log.Event(p.Sent).At, packet: p, out: true, comment: c.sent(p),
			})
		}
		for j := range p.Copies {
			k := &p.Copies[j]
			arrived := k.Fate == trace.Arrived || k.Fate == trace.LostAtReceiver
			if k.To == host && p.From != host && arrived {
				all = append(all, frame{
					event: k.Event, at: k.At, packet: p, flip: k.Flipped, marked: k.Marked, comment: c.arrived(p, k),
				})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b frame) int { return int(a.event) - int(b.event) })
	return all
}

// iface is the interface that has the packet's address at this host.
func (f *frame) iface(log *trace.Log, host int) int {
	net := f.packet.Pkt.Net()
	own := net.Dst
	if f.out {
		own = net.Src
	}
	return max(slices.Index(log.Hosts[host].Addrs, own), 0)
}
