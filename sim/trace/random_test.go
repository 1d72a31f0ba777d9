package trace

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
)

// randomLog is a log that no protocol would make: packets that cross, overtake,
// get lost, duplicated and delayed, with margins of all sorts.
func randomLog(rnd *rand.Rand) *Log {
	r := build("random", "10.0.0.1:1", "10.0.0.2:2", time.Millisecond, "seed 1", "profile rfc")
	if rnd.IntN(4) == 0 {
		r = build("zufällig/漢字", "[2001:db8:1111:2222:3333:4444:5555:6666]:49152", "[2001:db8::2]:2", time.Millisecond,
			"a setting that is rather long", "another one that is as long", "and a third")
		r.log.Hosts[a].Name = "münchen-01"
	}
	if rnd.IntN(4) == 0 {
		r.log.Conns = append(r.log.Conns, r.log.Conns[0])
	}
	type due struct {
		at           clock.Time
		packet, copy int
	}
	var aloft []due
	now := clock.Time(0)
	seq := [2]int{}
	calm := rnd.IntN(3) == 0 // mostly trains
	unit := []clock.Time{1e6, 1e6, 5e5}[rnd.IntN(3)]
	for range 5 + rnd.IntN(40) {
		// What is due before the next thing happens.
		next := now + unit*clock.Time(rnd.IntN(4)*rnd.IntN(4))
		if rnd.IntN(20) == 0 {
			next += clock.Time(time.Duration(rnd.IntN(300)) * time.Second)
		}
		for len(aloft) > 0 {
			i := 0
			for j := range aloft {
				if aloft[j].at < aloft[i].at {
					i = j
				}
			}
			d := aloft[i]
			if d.at > next {
				break
			}
			r.at = d.at
			id := r.arriveCopy(d.packet, d.copy)
			to := r.log.Packets[d.packet].Copies[d.copy].To
			randomLines(rnd, r, to)
			if rnd.IntN(3) == 0 {
				r.then().ret(to, `recv = "ABC"`, id)
			}
			aloft = append(aloft[:i], aloft[i+1:]...)
		}
		now = next
		r.at = now
		r.then()
		host := rnd.IntN(2)
		calls := 3
		if calm {
			calls = 20
		}
		switch rnd.IntN(calls) {
		case 0:
			r.ret(host, `send "a long text of data\n\x00" = 1400`)
		case 1:
			r.call(host, "connect B:4500")
		}
		for range rnd.IntN(5) {
			size := rnd.IntN(3) * rnd.IntN(1500)
			flags := []string{".", "P.", "F.", "S", "S.", "R", "R3 .", "none"}[rnd.IntN(8)]
			text := fmt.Sprintf("%s %d:%d ack %d win %d", flags, seq[host], seq[host]+size, seq[1-host], rnd.IntN(3))
			if calm {
				size = []int{0, 100}[host]
				text = fmt.Sprintf(". %d:%d ack %d", seq[host], seq[host]+size, seq[1-host]/200*200)
			}
			p := r.send(host, text)
			if rnd.IntN(8) == 0 {
				r.log.Packets[p].Pkt.TCP.Options.AddSACK([]wire.SACKBlock{{Left: 1e6, Right: 2e6}, {Left: 3e6, Right: 4e6}, {Left: 5e6, Right: 6e6}})
			}
			r.log.Packets[p].Conn = rnd.IntN(len(r.log.Conns))
			seq[host] += size
			fates := 8
			if calm {
				fates = 30
			}
			switch rnd.IntN(fates) {
			case 0:
				r.lose(p, []Fate{LostAtQueue, LostOnLink, LostAtReceiver}[rnd.IntN(3)], "drop a#1")
			case 1: // in flight for ever
			case 2:
				k := &r.log.Packets[p]
				k.Copies = append(k.Copies, Copy{To: k.Copies[0].To, Note: "duplicate"})
				aloft = append(aloft, due{now + 3*unit, p, 0}, due{now + unit*clock.Time(rnd.IntN(60)), p, 1})
			case 3:
				aloft = append(aloft, due{now + unit*clock.Time(rnd.IntN(1000)), p, 0})
			default:
				aloft = append(aloft, due{now + 3*unit, p, 0})
			}
		}
		randomLines(rnd, r, host)
	}
	return r.final("CLOSED", "CLOSED")
}

func randomLines(rnd *rand.Rand, r *builder, host int) {
	if rnd.IntN(2) == 0 {
		return
	}
	for range rnd.IntN(3) {
		switch rnd.IntN(5) {
		case 0:
			r.text(Timer, host, "RTO 1 s, next 2 s")
		case 1:
			r.text(Signal, host, "cwnd 14600")
		case 2:
			r.text(Note, host, "a note that is far too long for any margin, 漢字漢字漢字漢字漢字漢字漢字漢字漢字")
		default:
			r.state(host, "SYN-RECEIVED")
		}
	}
}

var escapeCode = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestRandom draws logs without sense: every line fits, both clocks run
// downward, every packet is there, and colour changes nothing else.
func TestRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 12))
	for i := range 300 {
		log := randomLog(rnd)
		opt := Options{Width: []int{72, 73, 80, 99, 120, 200}[rnd.IntN(6)], ASCII: rnd.IntN(2) == 0, Full: rnd.IntN(2) == 0, Absolute: rnd.IntN(4) == 0, Verdict: "ok"}
		text := draw(t, log, opt)
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if n := Cells(line); n > opt.Width || strings.HasSuffix(line, " ") {
				t.Fatalf("run %d: a line of %d cells in %d:\n%q\n%s", i, n, opt.Width, line, text)
			}
			if opt.ASCII && strings.ContainsFunc(line, func(r rune) bool { return r > '~' || r < ' ' }) {
				t.Fatalf("run %d: not ASCII: %q", i, line)
			}
		}
		checkClocks(t, i, text, opt, log)
		checkNumbers(t, i, text, log, opt)
		opt.Color = true
		if colored := draw(t, log, opt); escapeCode.ReplaceAllString(colored, "") != text {
			t.Fatalf("run %d: colour changes the text:\n%s\n%s", i, text, colored)
		}
	}
}

// checkClocks reads both clocks of every line again.
func checkClocks(t *testing.T, run int, text string, opt Options, log *Log) {
	t.Helper()
	p := &page{log: log, opt: opt, g: &unicodeGlyphs, micro: needsMicro(log)}
	if opt.ASCII {
		p.g = &asciiGlyphs
	}
	l := newLadder(p, pair{a, b})
	rows := 0
	var last [2]float64
	for line := range strings.Lines(text) {
		for s, at := range [2]int{l.margin + 1, l.margin + l.clocks + 5 + l.area} {
			_, rest := cutCells(strings.TrimSuffix(line, "\n"), at)
			clock, _ := cutCells(rest, l.clocks)
			now, err := strconv.ParseFloat(strings.TrimSpace(clock), 64)
			if err != nil || !strings.Contains(clock, ".") {
				continue
			}
			rows++
			if now < last[s] {
				t.Fatalf("run %d: the clock of side %d runs backward at\n%s\nin\n%s", run, s, line, text)
			}
			last[s] = now
		}
	}
	if rows == 0 && len(l.flights) > 0 {
		t.Fatalf("run %d: no clock found in\n%s", run, text)
	}
}

// trainText finds "3-12 10× 1:14601" and "10× ack 1461…14601 2-11".
var trainText = regexp.MustCompile(`(?:[├|](\d+)-(\d+) (?:c\d )?(\d+)[×x]|(\d+)[×x] (?:ack \S+ )?(\d+)-(\d+)[┤|])`)

// checkNumbers looks for every packet at its sender's lifeline.
func checkNumbers(t *testing.T, run int, text string, log *Log, opt Options) {
	t.Helper()
	tails := [2]string{`[├|](\d+)(?:-(\d+))?[ ]`, ` (\d+)(?:-(\d+))?[┤|]`}
	for host := range tails {
		seen := map[int]bool{}
		for _, m := range regexp.MustCompile(tails[host]).FindAllStringSubmatch(text, -1) {
			from, _ := strconv.Atoi(m[1])
			to := from
			if m[2] != "" {
				to, _ = strconv.Atoi(m[2])
			}
			for n := from; n <= to; n++ {
				seen[n] = true
			}
		}
		for _, m := range trainText.FindAllStringSubmatch(text, -1) {
			from, to := atoi(m[1])+atoi(m[5]), atoi(m[2])+atoi(m[6])
			if n := atoi(m[3]) + atoi(m[4]); n != to-from+1 {
				t.Fatalf("run %d: %q is not a train of %d in\n%s", run, m[0], n, text)
			}
		}
		folded := regexp.MustCompile(`#(\d+)-(\d+)`)
		for _, m := range folded.FindAllStringSubmatch(text, -1) {
			from, _ := strconv.Atoi(m[1])
			to, _ := strconv.Atoi(m[2])
			for n := from; n <= to; n++ {
				seen[n] = true
			}
		}
		for i := range log.Packets {
			if p := &log.Packets[i]; p.From == host && !seen[p.N] {
				t.Fatalf("run %d: packet %d of host %d is not in\n%s", run, p.N, host, text)
			}
		}
	}
}
