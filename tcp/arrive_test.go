package tcp

import (
	"strings"
	"testing"
)

// columns are the states of RFC 9293 3.10.7.4, in the order of the grid's
// cells; SYN-RECEIVED is shown both ways it can be reached (MUST-11).
var columns = []struct {
	name string
	make func(t testing.TB, options ...option) *rig
}{
	{"SYN-RECEIVED passive", at(SynReceived)},
	{"SYN-RECEIVED active", crossed},
	{"ESTABLISHED", at(Established)},
	{"FIN-WAIT-1", at(FinWait1)},
	{"FIN-WAIT-2", at(FinWait2)},
	{"CLOSE-WAIT", at(CloseWait)},
	{"CLOSING", at(Closing)},
	{"LAST-ACK", at(LastAck)},
	{"TIME-WAIT", at(TimeWait)},
}

func at(state State) func(testing.TB, ...option) *rig {
	return func(t testing.TB, options ...option) *rig { return inState(t, state, options...) }
}

// line is one segment and what it brings about in each column. A single cell
// stands for all columns; an empty one means as the cell to its left.
type line struct {
	segment string
	cells   string // parted by |
}

// grid5961 is RFC 9293 3.10.7.4 with the checks of RFC 5961.
var grid5961 = []line{
	// Second: "If the RST bit is set and the sequence number exactly matches
	// the next expected sequence number (RCV.NXT), then TCP endpoints MUST
	// reset the connection".
	{"R N", "LISTEN|CLOSED Refused|CLOSED Reset||||CLOSED ResetClosing||CLOSED"},
	{"R. N ack X", "LISTEN|CLOSED Refused|CLOSED Reset||||CLOSED ResetClosing||CLOSED"},
	// SHLD-2: a RST may carry data.
	{"R N(7)", "LISTEN|CLOSED Refused|CLOSED Reset||||CLOSED ResetClosing||CLOSED"},
	// "does not exactly match the next expected sequence value, yet is within
	// the current receive window, TCP endpoints MUST send an acknowledgment".
	{"R N+1", "ack"},
	{"R E-1", "ack"},
	// "outside the current receive window, silently drop the segment".
	{"R E", "-"},
	{"R N-1", "-"},
	{"R N-2000", "-"},
	{"RS N", "LISTEN|CLOSED Refused|CLOSED Reset||||CLOSED ResetClosing||CLOSED"},

	// Fourth: "irrespective of the sequence number, TCP endpoints MUST send a
	// challenge ACK"; SYN-RECEIVED by a passive OPEN returns to LISTEN.
	{"S N", "LISTEN|ack"},
	{"S N+5", "LISTEN|ack"},
	{"S. N ack X", "LISTEN|ack"},
	{"S E", "ack"},
	{"S N-1000", "ack"},
	{"S N-1", "ack"}, // SEQ=IRS where no FIN was taken: the SYN again
	{"SF N", "LISTEN|ack"},

	// Fifth: "if the ACK bit is off, drop the segment and return".
	{"- N", "-"},
	{"P N(7)", "-"},
	{"F N", "-"},
	{"U N(7) urg 3", "-"},
	// "If the segment acknowledgment is not acceptable, form a reset segment",
	// and the state is kept; elsewhere SEG.ACK > SND.NXT: "send an ACK, drop".
	{". N ack X+1", "R 2:2(0)||ack||||||-"},
	{"P. N(7) ack X+1", "R 2:2(0)||ack||||||-"},
	{"F. N ack X+1", "R 2:2(0)||ack||||||-"},
	// MAY-12: acceptable only from SND.UNA-MAX.SND.WND on.
	{". N ack U-2000", "R 4294965296:4294965296(0)||-"},
	{". N ack U-2001", "R 4294965295:4294965295(0)||ack||||||-"},
	{"P. N(7) ack U-2001", "R 4294965295:4294965295(0)||ack||||||-"},
	// "If the ACK is a duplicate (SEG.ACK =< SND.UNA), it can be ignored".
	{". N ack U", "R 0:0(0)||-"},
	{". N ack X", "ESTABLISHED Opened||-|FIN-WAIT-2 Writable|-|-|TIME-WAIT Writable|CLOSED Writable Deleted|-"},

	// First: "If an incoming segment is not acceptable, an acknowledgment
	// should be sent in reply".
	{". N-1 ack X", "ack"},
	{". E ack X", "ack"},
	{"P. E(7) ack X", "ack"},
	{"P. N-7(7) ack X", "ack"},
	{". E-1 ack X", "ESTABLISHED Opened||-|FIN-WAIT-2 Writable|-|-|TIME-WAIT Writable|CLOSED Writable Deleted|-"},
	{"F. E ack X", "ack"},

	// Seventh: text, in ESTABLISHED and the FIN-WAITs; "This should not occur
	// since a FIN has been received ... Ignore the segment text".
	{"P. N(7) ack X", "ESTABLISHED ack Opened Readable||ack Readable|FIN-WAIT-2 ack Writable Readable|ack Readable|-|TIME-WAIT Writable|CLOSED Writable Deleted|-"},
	{"P. N(7) ack U", "R 0:0(0)||ack Readable|||-"},
	{". N+5(7) ack U", "R 0:0(0)||ack|||-"},          // SHLD-31: held, and said so (MAY-13)
	{". N-3(7) ack U", "R 0:0(0)||ack Readable|||-"}, // "only the new parts are processed"
	{". E-3(7) ack U", "R 0:0(0)||ack|||-"},          // the part beyond the window is cut
	{"U. N(7) ack U urg 0", "R 0:0(0)||ack Readable|||-"},

	// Sixth: the URG bit, in ESTABLISHED and the FIN-WAITs.
	{"U. N(7) ack U urg 3", "R 0:0(0)||ack UrgentData Readable|||-"},
	{"U. N ack U urg 3", "R 0:0(0)||UrgentData|||-"},
	{"P. N(7) ack U urg 3", "R 0:0(0)||ack Readable|||-"}, // "only to be interpreted ... with the URG control bit set"

	// Eighth: the FIN.
	{"F. N ack U", "R 0:0(0)||CLOSE-WAIT ack PeerClosed|CLOSING ack PeerClosed|TIME-WAIT ack PeerClosed|ack"},
	{"F. N ack X", "CLOSE-WAIT ack Opened PeerClosed||CLOSE-WAIT ack PeerClosed|TIME-WAIT ack Writable PeerClosed|TIME-WAIT ack PeerClosed|ack|TIME-WAIT ack Writable|CLOSED Writable Deleted|ack"},
	{"FP. N(7) ack U", "R 0:0(0)||CLOSE-WAIT ack Readable PeerClosed|CLOSING ack Readable PeerClosed|TIME-WAIT ack Readable PeerClosed|ack"},
	{"F. N+5 ack U", "R 0:0(0)||ack|||ack"},              // beyond a hole
	{"F. N-1 ack U", "ack||||||||ack TimeWaitRestarted"}, // SEQ=IRS before the FIN, the FIN again after it
	{"F. N-1 ack X", "ack||||||||ack TimeWaitRestarted"},
	{"FP. N-8(7) ack U", "ack||||||||ack TimeWaitRestarted"}, // text and FIN again

	// MUST-5, MUST-6, MUST-7, MUST-64: options never matter here.
	{". N ack U <200 len 7 0a0b0c0d0e>", "R 0:0(0)||-"},
	{". N ack U <mss 50>", "R 0:0(0)||-"},
	{". N ack U <2 len 0 0101>", "R 0:0(0)||-"},
	{". N ack U <nop,3 len 40 07>", "R 0:0(0)||-"},
	{"P. N(7) ack U <nop,200 len 3 01,8 len 1>", "R 0:0(0)||ack Readable|||-"},
	{"R N <200 len 7 0a0b0c0d0e>", "LISTEN|CLOSED Refused|CLOSED Reset||||CLOSED ResetClosing||CLOSED"},
	{"F. N ack U <TS val 1 ecr 0>", "R 0:0(0)||CLOSE-WAIT ack PeerClosed|CLOSING ack PeerClosed|TIME-WAIT ack PeerClosed|ack"},
}

// gridClassic is the lines that differ without RFC 5961: a RST or a SYN
// anywhere in the window ends the connection, and an old ACK is a duplicate.
var gridClassic = []line{
	{"R N", "LISTEN|CLOSED Refused|CLOSED Reset||||CLOSED ResetClosing||CLOSED"},
	{"R N+1", "LISTEN|CLOSED Refused|CLOSED Reset||||CLOSED ResetClosing||CLOSED"},
	{"R E-1", "LISTEN|CLOSED Refused|CLOSED Reset||||CLOSED ResetClosing||CLOSED"},
	{"R E", "-"},
	{"R N-1", "-"},
	// "If the SYN is in the window it is an error: send a reset".
	{"S N", "LISTEN|CLOSED R 1:1(0) Reset|CLOSED R 1:1(0) Reset|CLOSED R 2:2(0) Reset||CLOSED R 1:1(0) Reset|CLOSED R 2:2(0) Reset"},
	{"S. N+5 ack X", "LISTEN|CLOSED R 1:1(0) Reset|CLOSED R 1:1(0) Reset|CLOSED R 2:2(0) Reset||CLOSED R 1:1(0) Reset|CLOSED R 2:2(0) Reset"},
	// "If the SYN is not in the window, this step would not be reached".
	{"S E", "ack"},
	{"S N-1000", "ack"},
	{". N ack X+1", "R 2:2(0)||ack||||||-"},
	{". N ack U-2001", "R 4294965295:4294965295(0)||-"},
	{"P. N(7) ack U-2001", "R 4294965295:4294965295(0)||ack Readable|||-"},
}

func TestArrivals(t *testing.T) {
	for _, mode := range []struct {
		name    string
		grid    []line
		options []option
	}{
		{"RFC 5961", grid5961, nil},
		{"classic", gridClassic, []option{classic}},
		{"RFC 5961, literal SEQ", grid5961, []option{literalSEQ}},
	} {
		for _, l := range mode.grid {
			cells := strings.Split(l.cells, "|")
			want := ""
			for i, column := range columns {
				if i < len(cells) && cells[i] != "" {
					want = cells[i]
				}
				t.Run(mode.name+"/"+column.name+"/"+l.segment, func(t *testing.T) {
					r := column.make(t, mode.options...)
					r.feed(l.segment)
					got := r.outcome()
					if got != want {
						t.Errorf("%s: %q, want %q; rows %v", r.resolve(l.segment), got, want, r.rowIDs())
					}
				})
			}
		}
	}
}
