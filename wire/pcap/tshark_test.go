package pcap_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"simrun/internal/tshark"
	"simrun/wire"
	"simrun/wire/pcap"
)

// capture writes the samples to a file for tshark.
func capture(t *testing.T, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// want fails unless tshark's fields of each packet are the ones given.
func want(t *testing.T, file, filter string, rows [][]string, fields ...string) {
	t.Helper()
	got := tshark.Fields(t, file, filter, fields...)
	if len(got) != len(rows) {
		t.Fatalf("%q matches %d packets, want %d", filter, len(got), len(rows))
	}
	for i := range got {
		if g, w := strings.Join(got[i], "|"), strings.Join(rows[i], "|"); g != w {
			t.Errorf("packet %d of %q: %v = %s, want %s", i+1, filter, fields, g, w)
		}
	}
}

func TestTsharkNG(t *testing.T) {
	tshark.Require(t)
	all := records(t)
	file := capture(t, "samples.pcapng", writeNG(t, meta, all))

	want(t, file, "_ws.malformed || _ws.short", nil, "frame.number")
	// 1 is good. IPv6 has no header checksum.
	want(t, file, "ip.checksum.status != 1 || tcp.checksum.status != 1 || icmp.checksum.status != 1 || icmpv6.checksum.status != 1", nil,
		"frame.number", "_ws.col.Info")
	var frames, tcp, icmp4, icmp6 [][]string
	for i, s := range samples() {
		direction := map[bool]string{false: "0x00000001", true: "0x00000002"}[all[i].Outbound]
		at := pcap.Epoch.Add(all[i].At.Since())
		frames = append(frames, []string{
			fmt.Sprintf("%d.%09d", at.Unix(), at.Nanosecond()), meta.Interfaces[all[i].Interface].Name,
			meta.Interfaces[all[i].Interface].Description, direction, all[i].Comment, fmt.Sprint(len(all[i].Data)),
		})
		switch s.p.Proto {
		case wire.ProtoTCP:
			tcp = append(tcp, tcpRow(&s))
		case wire.ProtoICMPv4:
			icmp4 = append(icmp4, icmpRow(&s))
		default:
			icmp6 = append(icmp6, icmpRow(&s))
		}
	}
	want(t, file, "", frames, "frame.time_epoch", "frame.interface_name", "frame.interface_description",
		"frame.packet_flags", "frame.comment", "frame.len")
	want(t, file, "tcp && !icmp && !icmpv6", tcp,
		"tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.urgent_pointer", "tcp.option_kind",
		"tcp.payload", "ip.dsfield.ecn", "ipv6.tclass.ecn", "ip.flags.df")
	want(t, file, "icmp", icmp4, "icmp.type", "icmp.code", "icmp.mtu", "tcp.srcport", "tcp.dstport", "tcp.seq")
	// In ICMPv6, tshark does not look at the quoted sequence number.
	want(t, file, "icmpv6", icmp6, "icmpv6.type", "icmpv6.code", "icmpv6.mtu", "tcp.srcport", "tcp.dstport", "tcp.seq")
}

// tcpRow is the fields of a segment, in the order TestTsharkNG asks for them.
func tcpRow(s *sample) []string {
	tcp := &s.p.TCP
	parts := append(strings.Fields(s.tcp), "")
	ecn, df := fmt.Sprint(tcp.ECN), "1"
	row := []string{parts[0], parts[1], fmt.Sprint(uint32(tcp.Ack)), "65535", fmt.Sprint(tcp.Urgent), parts[2], fmt.Sprintf("%x", tcp.Payload)}
	if tcp.Dst.Is4() {
		return append(row, ecn, "", df)
	}
	return append(row, "", ecn, "")
}

// icmpRow is the type, code and MTU, then the quoted ports and number.
func icmpRow(s *sample) []string {
	parts := append(strings.Fields(s.icmp), "")
	row := []string{parts[0], parts[1], parts[2], "49152", "4500", ""}
	if s.p.Proto == wire.ProtoICMPv4 {
		row[5] = "101"
	}
	return row
}

func TestTsharkNames(t *testing.T) {
	tshark.Require(t)
	file := capture(t, "names.pcapng", writeNG(t, meta, records(t)))
	got := tshark.Fields(t, file, "frame.number == 1 || (ipv6 && tcp.flags.syn == 1 && tcp.flags.ack == 0)",
		"ip.src_host", "ip.dst_host", "ipv6.src_host", "ipv6.dst_host")
	if want := [][]string{{"A", "B", "", ""}, {"", "", "A", "B"}}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("hosts are %q, want %q", got, want)
	}
}

func TestTsharkClassic(t *testing.T) {
	tshark.Require(t)
	all := records(t)
	file := capture(t, "samples.pcap", writeClassic(t, all))
	want(t, file, "_ws.malformed || _ws.short", nil, "frame.number")
	var rows [][]string
	for _, r := range all {
		at := pcap.Epoch.Add(r.At.Since())
		rows = append(rows, []string{fmt.Sprintf("%d.%09d", at.Unix(), at.Nanosecond()), fmt.Sprint(len(r.Data))})
	}
	want(t, file, "", rows, "frame.time_epoch", "frame.len")
}

// TestTsharkSeesWrongChecksum shows that the status asked for above can fail.
func TestTsharkSeesWrongChecksum(t *testing.T) {
	tshark.Require(t)
	all := records(t)[:1]
	all[0].Data[len(all[0].Data)-1]++
	all[0].At = all[0].At.Add(time.Second)
	file := capture(t, "wrong.pcapng", writeNG(t, meta, all))
	want(t, file, "tcp.checksum.status == 0", [][]string{{"1"}}, "frame.number")
}
