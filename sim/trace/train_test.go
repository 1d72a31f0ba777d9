package trace

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTrains says what flies together: each case sends segments of 100 octets
// with something about them, and lists what the ladder writes on its arrows.
func TestTrains(t *testing.T) {
	segment := func(r *builder, i int) int {
		return r.send(a, fmt.Sprintf(". %d:%d(100)", 1+100*i, 101+100*i))
	}
	three := func(r *builder, between func(i int)) []int {
		r.now("0")
		var sent []int
		for i := range 3 {
			between(i)
			sent = append(sent, segment(r, i))
		}
		r.now("0.010")
		return sent
	}
	five := func(r *builder, fourth func(ID)) {
		r.now("0")
		var sent []int
		for i := range 5 {
			sent = append(sent, segment(r, i))
		}
		r.now("0.010")
		for i, p := range sent {
			if id := r.arrive(p); i == 3 {
				fourth(id)
			}
		}
	}
	nothing := func(int) {}
	for _, c := range []struct {
		name string
		run  func(r *builder)
		want []string
	}{
		{"together", func(r *builder) {
			for _, p := range three(r, nothing) {
				r.arrive(p)
			}
		}, []string{"1-3 3× 1:301"}},
		{"a call before the first", func(r *builder) {
			r.now("0").ret(a, "send = 300")
			var sent []int
			for i := range 3 {
				sent = append(sent, segment(r, i))
			}
			r.now("0.010")
			for _, p := range sent {
				r.arrive(p)
			}
		}, []string{"1-3 3× 1:301"}},
		{"a call before the third", func(r *builder) {
			for _, p := range three(r, func(i int) {
				if i == 2 {
					r.then().ret(a, `send "x" = 1`)
				}
			}) {
				r.arrive(p)
			}
		}, []string{"1-2 2× 1:201", "3 . 201:301(100)"}},
		{"another arrival", func(r *builder) {
			for i, p := range three(r, nothing) {
				r.now([]string{"0.010", "0.010", "0.011"}[i]).arrive(p)
			}
		}, []string{"1-2 2× 1:201", "3 . 201:301(100)"}},
		{"a hole", func(r *builder) {
			r.now("0")
			p, q := segment(r, 0), segment(r, 2)
			r.now("0.010").arrive(p)
			r.arrive(q)
		}, []string{"1 . 1:101(100)", "2 . 201:301(100)"}},
		{"a loss", func(r *builder) {
			for i, p := range three(r, nothing) {
				if i == 1 {
					r.lose(p, LostOnLink, "drop a#2")
				} else {
					r.arrive(p)
				}
			}
		}, []string{"1 . 1:101(100)", "2 . 101:201(100)", "3 . 201:301(100)"}},
		{"a state at the receiver", func(r *builder) {
			for i, p := range three(r, nothing) {
				r.arrive(p)
				if i == 1 {
					r.state(b, "ESTABLISHED")
				}
			}
		}, []string{"1 . 1:101(100)", "2 . 101:201(100)", "3 . 201:301(100)"}},
		{"a call after the third", func(r *builder) {
			for i, p := range three(r, nothing) {
				id := r.arrive(p)
				if i == 2 {
					r.then().ret(b, `recv = "xyz"`, id)
				}
			}
		}, []string{"1-2 2× 1:201", "3 . 201:301(100)"}},
		{"a call after the fourth", func(r *builder) {
			five(r, func(id ID) { r.then().ret(b, `recv = "xyz"`, id) })
		}, []string{"1-4 4× 1:401", "5 . 401:501(100)"}},
		{"a state after the fourth", func(r *builder) {
			five(r, func(ID) { r.state(b, "ESTABLISHED") })
		}, []string{"1-3 3× 1:301", "4 . 301:401(100)", "5 . 401:501(100)"}},
		{"three reads", func(r *builder) {
			for _, p := range three(r, nothing) {
				id := r.arrive(p)
				r.then().ret(b, `recv = "xyz"`, id)
			}
		}, []string{"1-3 3× 1:301"}},
		{"two reads", func(r *builder) {
			for i, p := range three(r, nothing) {
				id := r.arrive(p)
				if i > 0 {
					r.then().ret(b, `recv = "xyz"`, id)
				}
			}
		}, []string{"1 . 1:101(100)", "2 . 101:201(100)", "3 . 201:301(100)"}},
		{"another connection", func(r *builder) {
			r.log.Conns = append(r.log.Conns, r.log.Conns[0])
			for i, p := range three(r, nothing) {
				r.log.Packets[p].Conn = i / 2
				r.arrive(p)
			}
		}, []string{"1-2 c1 2× 1:201", "3 c2 . 201:301(100) ack 0"}},
		{"the other direction", func(r *builder) { // at one instant, numbered on
			r.log.Links[0].RTT = 0
			r.now("0")
			p := segment(r, 0)
			r.sent[b] = 1
			q := r.send(b, ". 101:201")
			r.arrive(p)
			r.arrive(q)
		}, []string{"1 . 1:101(100)", ". 101:201(100) ack 0 2"}},
		{"advancing and repeated ACKs", func(r *builder) {
			r.now("0")
			var sent []int
			for _, ack := range []int{101, 201, 301, 301, 301} {
				sent = append(sent, r.send(b, fmt.Sprintf(". ack %d", ack)))
			}
			r.now("0.010")
			for _, p := range sent {
				r.arrive(p)
			}
		}, []string{"3× ack 101…301 1-3", "2× ack 301 4-5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := simple(c.name)
			r.now("0")
			r.arrive(r.send(a, ". ack 0"))
			r.sent[a] = 0
			c.run(r)
			text := draw(t, r.final(), Options{Width: 120})
			if got := onArrows(text)[1:]; !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q in\n%s", got, c.want, text)
			}
			if c.name == "three reads" && !strings.Contains(text, "recv × 3") {
				t.Errorf("the reads are not counted in\n%s", text)
			}
		})
	}
}

var arrow = regexp.MustCompile(`[├│]([^│┤├]*[─═][^│┤├]*)[│┤]`)

// onArrows is the texts of a ladder's arrows.
func onArrows(text string) []string {
	var all []string
	for _, m := range arrow.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.Trim(m[1], " ─═◄►✗"))
	}
	return all
}

// TestWindowStaysQuiet shows that a congestion window that changes in passing
// is only told where a train has changed it.
func TestWindowStaysQuiet(t *testing.T) {
	r := simple("window")
	r.now("0")
	p := r.send(a, "P. 1:8(7)")
	r.now("0.010").arrive(p)
	ack := r.send(b, ". ack 8")
	r.now("0.020").arrive(ack)
	r.text(Signal, a, "cwnd 14607")
	if text := draw(t, r.final(), Options{}); strings.Contains(text, "cwnd") {
		t.Error(text)
	}
	r.now("1.020").text(Timer, a, "RTO 1 s, next 2 s").text(Signal, a, "cwnd 1460")
	if text := draw(t, r.final(), Options{}); !strings.Contains(text, "cwnd 1460") {
		t.Error(text)
	}
}
