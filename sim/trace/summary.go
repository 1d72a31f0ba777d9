package trace

import (
	"fmt"
	"strings"
)

// Summary is the run in one sentence or two: "15 packets, 28 bytes of data, 0
// lost, 0 retransmitted. A CLOSED, B CLOSED." What was forged is counted
// apart; a byte that is sent twice is two bytes.
func Summary(log *Log) string {
	text := counts(log)
	if ends := finals(log); ends != "" {
		text += " " + ends + "."
	}
	return text
}

// counts is the first sentence of the summary.
func counts(log *Log) string {
	packets, forged, bytes, lost, again := 0, 0, 0, 0, 0
	for i := range log.Packets {
		p := &log.Packets[i]
		if p.Forged {
			forged++
		} else {
			packets++
			bytes += p.Pkt.UserData()
		}
		if p.Resend > 0 {
			again++
		}
		for j := range p.Copies {
			switch p.Copies[j].Fate {
			case LostAtQueue, LostOnLink, LostAtReceiver:
				lost++
			}
		}
	}
	needless := ""
	if n := spurious(log); n > 0 {
		needless = fmt.Sprintf(" (%d spurious)", n)
	}
	text := count(packets, "packet")
	if forged > 0 {
		text += fmt.Sprintf(" and %d forged", forged)
	}
	return text + fmt.Sprintf(", %s of data, %d lost, %d retransmitted%s.", count(bytes, "byte"), lost, again, needless)
}

// spurious is how many packets were sent again without need.
func spurious(log *Log) (n int) {
	for _, r := range Retransmissions(log) {
		if r.Spurious {
			n++
		}
	}
	return n
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// finals is how each end of each connection ended.
func finals(log *Log) string {
	var conns []string
	last := -1
	for _, f := range log.Final {
		if f.State == "" || f.Host >= len(log.Hosts) {
			continue
		}
		end := log.Hosts[f.Host].Name + " " + f.State
		switch {
		case len(conns) > 0 && f.Conn == last:
			conns[len(conns)-1] += ", " + end
			continue
		case len(log.Conns) > 1:
			end = connTag(f.Conn) + " " + end
		}
		conns = append(conns, end)
		last = f.Conn
	}
	return strings.Join(conns, "; ")
}

// summary prints the summary and the verdict below the ladders. How the
// connections ended takes a line of its own where one is not enough for all.
func (p *page) summary() {
	first, rest, _ := strings.Cut(p.opt.Verdict, "\n")
	text := p.g.clean(strings.TrimRight(Summary(p.log)+" "+first, " "))
	lines := []string{text}
	if packets := p.g.clean(counts(p.log)); Cells(text) > p.opt.Width {
		lines = []string{packets, strings.TrimPrefix(strings.TrimPrefix(text, packets), " ")}
	}
	if rest = strings.TrimRight(rest, "\n"); rest != "" {
		for s := range strings.SplitSeq(rest, "\n") {
			lines = append(lines, p.g.clean(s))
		}
	}
	for _, s := range lines {
		for _, t := range wrap(s, p.opt.Width, "") {
			p.line(span{t, plain})
		}
	}
}
