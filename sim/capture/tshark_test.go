package capture_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"simrun/internal/tshark"
	"simrun/sim/capture"
	"simrun/sim/trace"
	"simrun/wire"
)

// TestTsharkReadsAll asks tshark about every packet of every scenario, at every
// host: none is malformed, all checksums are good, each has a comment and the
// names of its hosts. The captures are sections of one file, for tshark starts
// slowly.
func TestTsharkReadsAll(t *testing.T) {
	tshark.Require(t)
	var all []byte
	packets := 0
	for _, r := range runs(t) {
		for host := range r.Log.Hosts {
			data := write(t, capture.PcapNG, r.Log, host)
			all = append(all, data...)
			packets += len(read(t, data).Records)
		}
	}
	rows := tshark.Fields(t, file(t, "all.pcapng", all), "", "_ws.malformed", "_ws.short",
		"ip.checksum.status", "tcp.checksum.status", "ip.src_host", "ip.dst_host", "frame.interface_name", "frame.comment",
		"ipv6.src_host", "ipv6.dst_host", "icmpv6.checksum.status")
	if len(rows) != packets {
		t.Fatalf("%d packets, want %d", len(rows), packets)
	}
	for i, row := range rows {
		// An ICMP message quotes an IP header with a checksum of its own, and
		// the start of a TCP header without its checksum.
		// IPv6 has no header checksum, ICMPv6 one of its own.
		text := strings.Join(row[:4], "|")
		if row[8] != "" {
			row[4], row[5] = row[8], row[9]
			text = strings.Join(append(row[:2:2], "1", row[3]+row[10]), "|")
		}
		if corrupted := text == "||1|0" && strings.Contains(row[7], "flipped"); text != "||1|1" && text != "||1,1|" && !corrupted {
			t.Errorf("packet %d: malformed|short|IP|TCP checksum is %s, want ||1|1", i+1, text)
		}
		names := strings.Join(row[4:6], "")
		flood := strings.HasPrefix(names, "172.16.") && strings.HasSuffix(names, "B") || strings.HasPrefix(names, "B172.16.") // nobody's
		switch names {
		case "AB", "BA", "A,BB,A", "B,AA,B", "AA", "BM", "MB":
		default:
			if flood {
				break
			}
			t.Errorf("packet %d is from %s to %s at %s", i+1, row[4], row[5], row[6])
		}
		if row[7] == "" {
			t.Errorf("packet %d has no comment", i+1)
		}
	}
}

// TestTsharkSeesFlippedBits finds the one packet that arrived corrupted, by
// its checksum; its comment says so. The sender's copy is good.
func TestTsharkSeesFlippedBits(t *testing.T) {
	tshark.Require(t)
	log := faulty(t).Log
	for host, want := range []int{0, 1} {
		rows := tshark.Fields(t, file(t, "faults.pcapng", write(t, capture.PcapNG, log, host)),
			"tcp.checksum.status != 1 || ip.checksum.status != 1 || _ws.malformed", "frame.comment", "ip.checksum.status")
		if len(rows) != want {
			t.Errorf("host %d: %d packets with a wrong checksum, want %d", host, len(rows), want)
		}
		for _, row := range rows {
			if !strings.Contains(row[0], "flipped") || !strings.Contains(row[0], "dropped: bad checksum") || row[1] != "1" {
				t.Errorf("the comment is %q, the IP checksum's status %s, want 1", row[0], row[1])
			}
		}
	}
}

// TestTsharkHalfClose is the order of packets that a half-close has on A's
// side, without anything that Wireshark would call a problem.
func TestTsharkHalfClose(t *testing.T) {
	tshark.Require(t)
	data := write(t, capture.PcapNG, runOf(t, "tcp/half-close-echo").Log, 0)
	rows := tshark.Fields(t, file(t, "half-close.pcapng", data), "", "tcp.flags", "tcp.len", "tcp.analysis.flags")
	var order []string
	for i, row := range rows {
		text := map[string]string{"0x0002": "S", "0x0012": "S.", "0x0010": ".", "0x0018": "P.", "0x0011": "F."}[row[0]]
		if (text == "P.") != (row[1] != "0") {
			t.Errorf("packet %d: flags %s, %s octets", i+1, row[0], row[1])
		}
		order = append(order, text)
		if row[2] != "" {
			t.Errorf("packet %d: tshark finds a problem", i+1)
		}
	}
	if got, want := strings.Join(order, " "), "S S. . P. . P. . F. . P. . P. . F. ."; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestTsharkRetransmissions compares what tshark takes for sent again with
// what the log says: the packets of which the same octets were seen before, in
// this capture. A single octet sent again looks like a keep-alive probe to it.
func TestTsharkRetransmissions(t *testing.T) {
	tshark.Require(t)
	const again = "tcp.analysis.retransmission || tcp.analysis.fast_retransmission || tcp.analysis.spurious_retransmission || tcp.analysis.keep_alive"
	total := 0
	for _, name := range []string{"tcp/last-ack-lost", "tcp/fin-lost", "tcp/syn-lost", "tcp/rst-lost"} {
		log := runOf(t, name).Log
		for host := range log.Hosts {
			data := write(t, capture.PcapNG, log, host)
			rows := tshark.Fields(t, file(t, "again.pcapng", data), again, "frame.number")
			var got []string
			for _, row := range rows {
				got = append(got, row[0])
			}
			want := seenAgain(log, host)
			if !slices.Equal(got, want) {
				t.Errorf("%s at %s: tshark finds %v sent again, want %v", name, log.Hosts[host].Name, got, want)
			}
			total += len(want)
		}
	}
	if total < 4 {
		t.Errorf("%d retransmissions in all: these show too little", total)
	}
}

// seenAgain is the numbers of the frames whose octets a host has seen before.
func seenAgain(log *trace.Log, host int) (numbers []string) {
	type seen struct {
		at trace.ID
		p  *trace.Packet
	}
	var frames []seen
	for i := range log.Packets {
		p := &log.Packets[i]
		if p.From == host {
			frames = append(frames, seen{p.Sent, p})
			continue
		}
		for _, c := range p.Copies {
			if c.Fate == trace.Arrived {
				frames = append(frames, seen{c.Event, p})
			}
		}
	}
	slices.SortFunc(frames, func(a, b seen) int { return int(a.at - b.at) })
	overlap := func(a, b *wire.TCP) bool { return a.Seq.Before(b.End()) && b.Seq.Before(a.End()) }
	for i, f := range frames {
		before := slices.ContainsFunc(frames[:i], func(o seen) bool {
			return o.p.From == f.p.From && overlap(&o.p.Pkt.TCP, &f.p.Pkt.TCP)
		})
		if f.p.Resend > 0 && before {
			numbers = append(numbers, fmt.Sprint(i+1))
		}
	}
	return numbers
}
