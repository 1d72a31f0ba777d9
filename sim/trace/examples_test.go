package trace

import (
	"time"

	"simrun/clock"
	"simrun/wire"
)

// examples are runs that show each way to draw a packet; their ladders are in
// testdata.
var examples = []struct {
	name string
	log  func() *Log
}{
	{"half-close-echo", halfCloseEcho},
	{"last-ack-lost", lastAckLost},
	{"simultaneous-close", simultaneousClose},
	{"bulk-two-losses", bulkTwoLosses},
	{"old-duplicate-syn", oldDuplicateSYN},
	{"simultaneous-open", simultaneousOpen},
	{"keepalive", keepalive},
	{"refused", refused},
	{"delayed", delayed},
	{"overtaken", overtaken},
	{"crossings", crossings},
	{"losses", losses},
	{"several", several},
	{"three-hosts", threeHosts},
	{"self-connect", selfConnect},
	{"ipv6-wide", ipv6Wide},
	{"microseconds", microseconds},
	{"blocked", blocked},
}

func simple(name string) *builder {
	return build("tcp/"+name, "10.0.0.1:49152", "10.0.0.2:4500", 10*time.Millisecond, "profile rfc", "seed 1")
}

// oldDuplicateSYN is RFC 9293 figure 8: a stray SYN comes first, the wanted
// one is delayed.
func oldDuplicateSYN() *Log {
	r := simple("old-duplicate-syn")
	r.now("0").ret(b, "listen :4500").state(b, "LISTEN")
	r.then().call(a, "connect B:4500")
	syn := r.send(a, "S 0")
	r.state(a, "SYN-SENT")
	r.then()
	stray := r.send(a, "S 5")
	r.sent[a]--
	r.log.Packets[stray].Forged = true
	r.arrive(stray)
	r.state(b, "SYN-RECEIVED")
	synAck := r.send(b, "S. 0 ack 6")
	r.now("0.010").arrive(synAck)
	rst := r.send(a, "R 6")
	r.now("0.020").arrive(rst)
	r.state(b, "LISTEN")
	r.now("0.030").arrive(syn)
	r.state(b, "SYN-RECEIVED")
	synAck = r.send(b, "S. 0 ack 1")
	r.now("0.040")
	got := r.arrive(synAck)
	r.state(a, "ESTABLISHED")
	ack := r.send(a, ". 1 ack 1")
	r.then().ret(a, "connect = 0", got)
	r.now("0.050").arrive(ack)
	r.state(b, "ESTABLISHED")
	return r.final("ESTABLISHED", "ESTABLISHED")
}

// simultaneousOpen is RFC 9293 figure 7.
func simultaneousOpen() *Log {
	r := simple("simultaneous-open")
	var syn, ack [2]int
	for _, host := range [2]int{a, b} {
		r.now("0").call(host, []string{"connect B:4500", "connect A:49152"}[host])
		syn[host] = r.send(host, "S 0")
		r.state(host, "SYN-SENT")
	}
	r.now("0.010")
	for _, host := range [2]int{a, b} {
		r.arrive(syn[1-host])
		r.state(host, "SYN-RECEIVED")
		ack[host] = r.send(host, "S. 0 ack 1")
	}
	r.now("0.020")
	for _, host := range [2]int{a, b} {
		got := r.arrive(ack[1-host])
		r.state(host, "ESTABLISHED")
		r.then().ret(host, "connect = 0", got)
	}
	return r.final("ESTABLISHED", "ESTABLISHED")
}

// keepalive has probes, of which the last finds the peer rebooted.
func keepalive() *Log {
	r := simple("keepalive")
	handshake(r)
	r.now("60.020").text(Timer, a, "keepalive 60 s")
	p := r.send(a, ". 0 ack 1")
	r.now("60.030").arrive(p)
	ack := r.send(b, ". 1 ack 1")
	r.now("60.040").arrive(ack)
	r.then().call(a, "recv")
	r.now("90").text(Note, b, "reboot").state(b, "CLOSED")
	r.now("120.040").text(Timer, a, "keepalive 60 s")
	p = r.send(a, ". 0 ack 1")
	r.now("120.050").arrive(p)
	r.text(Drop, b, "no connection")
	rst := r.send(b, "R 1")
	r.now("120.060")
	got := r.arrive(rst)
	r.state(a, "CLOSED")
	r.then().ret(a, "recv = ECONNRESET", got)
	return r.final("CLOSED")
}

func refused() *Log {
	r := simple("connect-refused")
	r.now("0").call(a, "connect B:4500")
	syn := r.send(a, "S 0")
	r.state(a, "SYN-SENT")
	r.now("0.010").arrive(syn)
	r.text(Drop, b, "no listener")
	rst := r.send(b, "R. 0 ack 1")
	r.now("0.020")
	got := r.arrive(rst)
	r.state(a, "CLOSED")
	r.then().ret(a, "connect = ECONNREFUSED", got)
	return r.final("CLOSED")
}

// delayed has one packet under way while the ladder folds time.
func delayed() *Log {
	r := simple("delayed")
	r.now("0").ret(a, `send "ABCDEFG" = 7`)
	p1 := r.send(a, "P. 1:8(7) ack 1")
	r.now("0.010").arrive(p1)
	p2 := r.send(b, ". 1 ack 8")
	r.now("0.020").arrive(p2)
	r.now("1.000").ret(a, `send "late" = 4`)
	p3 := r.send(a, "P. 8:12(4) ack 1")
	r.log.Packets[p3].Copies[0].Note = "delayed 70 s"
	r.now("71.000")
	got := r.arrive(p3)
	p4 := r.send(b, ". 1 ack 12")
	r.then().ret(b, `recv = "late"`, got)
	r.now("71.010").arrive(p4)
	return r.final("ESTABLISHED", "ESTABLISHED")
}

// overtaken has a packet that later ones pass, and one that comes twice.
func overtaken() *Log {
	r := simple("overtaken")
	r.now("0").ret(a, `send "one" = 3`)
	p1 := r.send(a, "P. 1:4(3) ack 1")
	r.now("0.001").ret(a, `send "two" = 3`)
	p2 := r.send(a, "P. 4:7(3) ack 1")
	r.now("0.011").arrive(p2)
	ack := r.send(b, ". 1 ack 1 sack 4:7")
	r.now("0.014")
	got := r.arrive(p1)
	ack2 := r.send(b, ". 1 ack 7")
	r.then().ret(b, `recv = "onetwo"`, got)
	r.now("0.021").arrive(ack)
	r.now("0.024").arrive(ack2)
	c := &r.log.Packets[p2].Copies
	*c = append(*c, Copy{To: b, Note: "duplicate"})
	r.now("0.030").arriveCopy(p2, 1)
	r.text(Drop, b, "left of the window")
	ack = r.send(b, ". 1 ack 7")
	r.now("0.040").arrive(ack)
	return r.final("ESTABLISHED", "ESTABLISHED")
}

// crossings has an X with a long margin, one that an event spoils, and three
// packets that cross each other.
func crossings() *Log {
	r := simple("crossings")
	r.now("0").call(a, "connect B:4500")
	syn := r.send(a, "S 0")
	r.state(a, "SYN-SENT").text(Signal, a, "a third line", "and a fourth")
	r.now("0.004").call(b, "connect A:4500")
	syn2 := r.send(b, "S 0")
	r.state(b, "SYN-SENT")
	r.now("0.010").arrive(syn)
	r.state(b, "SYN-RECEIVED")
	r.now("0.014").arrive(syn2)
	r.state(a, "SYN-RECEIVED")
	r.now("0.050").ret(a, "close = 0")
	p := r.send(a, "F. 1 ack 1")
	r.then().ret(b, "close = 0")
	q := r.send(b, "F. 1 ack 1")
	r.now("0.055").text(Timer, a, "something between")
	r.now("0.060").arrive(p)
	r.arrive(q)
	r.now("0.080").ret(a, `send "hello" = 5`)
	p = r.send(a, "P. 1:6(5) ack 2")
	r.now("0.081").ret(b, `send "hello" = 5`)
	q = r.send(b, "R1 P. 1:6(5) ack 2")
	r.now("0.083").ret(a, `send "world" = 5`)
	p2 := r.send(a, "P. 6:11(5) ack 2")
	r.now("0.090")
	got := r.arrive(p)
	r.then().ret(b, `recv = "hello"`, got)
	r.now("0.091").arrive(q)
	r.now("0.093").arrive(p2)
	return r.final("CLOSING", "CLOSING")
}

// losses has packets that die everywhere, and one that never arrives.
func losses() *Log {
	r := simple("losses")
	for i, fate := range []Fate{LostAtQueue, LostOnLink, LostAtReceiver} {
		for _, host := range [2]int{a, b} {
			r.now("0.0"+string(rune('1'+i))+"0").ret(host, `send "xyz" = 3`)
			p := r.send(host, "P. 1:4(3) ack 1")
			if fate == LostAtReceiver {
				r.at += clock.Time(10 * time.Millisecond)
			}
			r.lose(p, fate, []string{"queue full", "cut p1", "bad checksum"}[i])
		}
	}
	r.now("1.010").text(Timer, a, "RTO 1 s, next 2 s")
	r.lose(r.send(a, "R1 FP. 1:12345(12344) ack 1000000"), LostOnLink, "loss 2%")
	r.now("1.020").ret(b, "close = 0")
	r.send(b, "R 17")
	return r.final("CLOSED", "")
}

// several has two connections and two links.
func several() *Log {
	r := simple("several")
	r.log.Links = append(r.log.Links, Link{Name: "p2", Hosts: [2]int{a, b}, RTT: 20 * time.Millisecond})
	r.log.Links[0].Name = "p1"
	r.log.Conns = append(r.log.Conns, r.log.Conns[0])
	r.log.Conns[1].Ends[a].Endpoint.Port = 49153
	for i := range 2 {
		r.now([]string{"0", "0.050"}[i]).call(a, "connect B:4500")
		syn := r.send(a, "S 0")
		r.now([]string{"0.010", "0.060"}[i]).arrive(syn)
		synAck := r.send(b, "S. 0 ack 1")
		r.log.Packets[syn].Conn, r.log.Packets[synAck].Conn = i, i
		r.log.Packets[synAck].Copies[0].Link = 1
		r.now([]string{"0.020", "0.070"}[i])
		got := r.arrive(synAck)
		r.then().ret(a, "connect = 0", got)
	}
	r.now("0.100").add(Event{Kind: Timer, Host: a, Conn: 1, Packet: -1, Text: "keepalive 30 ms"})
	r.final("ESTABLISHED", "SYN-RECEIVED")
	r.log.Final = append(r.log.Final, Final{1, a, "ESTABLISHED"})
	return r.log
}

// threeHosts has a ladder for each of two pairs.
func threeHosts() *Log {
	r := simple("three-hosts")
	r.log.Hosts = append(r.log.Hosts, Host{"C", []wire.Addr{wire.MustParseAddr("10.0.0.3")}})
	r.log.Conns = append(r.log.Conns, Conn{wire.ProtoTCP, [2]ConnEnd{{b, endpoint("10.0.0.2:4500")}, {2, endpoint("10.0.0.3:49152")}}})
	r.now("0").ret(b, "listen :4500")
	for i, host := range []int{2, a} {
		r.now([]string{"0.010", "0.020"}[i]).call(host, "connect B:4500")
		syn := r.send(host, "S 0")
		k := &r.log.Packets[syn]
		k.Conn, k.Copies[0].To = 1-i, b
		r.add(Event{Kind: State, Host: host, Conn: 1 - i, Packet: -1, To: "SYN-SENT"})
		r.log.Events[len(r.log.Events)-3].Conn = 1 - i
		r.now([]string{"0.020", "0.030"}[i]).arrive(syn)
		r.log.Events[len(r.log.Events)-1].Conn = 1 - i
	}
	return r.log
}

// selfConnect has one host that talks to itself.
func selfConnect() *Log {
	r := build("tcp/self-connect", "10.0.0.1:4500", "10.0.0.1:4500", 0, "profile rfc")
	r.log.Hosts = r.log.Hosts[:1]
	r.log.Links = nil
	r.log.Conns[0].Ends[1].Host = a
	r.now("0").call(a, "connect A:4500")
	loop := func(text string) int {
		p := r.send(a, text)
		r.log.Packets[p].Copies[0] = Copy{To: a, Link: -1}
		return p
	}
	syn := loop("S 0")
	r.state(a, "SYN-SENT")
	r.arrive(syn)
	r.state(a, "SYN-RECEIVED")
	synAck := loop("S. 0 ack 1")
	got := r.arrive(synAck)
	r.state(a, "ESTABLISHED")
	r.then().ret(a, "connect = 0", got)
	r.log.Final = []Final{{0, a, "ESTABLISHED"}}
	return r.log
}

func ipv6Wide() *Log {
	r := build("tcp/ipv6-wide", "[2001:db8:1111:2222:3333:4444:5555:6666]:49152", "[2001:db8::2]:4500", 10*time.Millisecond,
		"drop a#4", "A.msl=30s", "B.ack=delayed", "profile freebsd", "seed 18446744073709551615")
	r.log.Hosts[a].Name = "frontend-in-zürich"
	r.now("0").ret(a, `send "漢字かな交じり文です" = 30`)
	p := r.send(a, "P. 1:31(30) ack 1")
	r.now("0.010")
	got := r.arrive(p)
	r.then().ret(b, `recv = "漢字かな交じり文です"`, got)
	r.now("0.020").ret(a, `send "line\none\x00\xff two and three" = 24`)
	r.log.Events[len(r.log.Events)-1].Call.Data = []byte("line\none\x00\xff two and three")
	p = r.send(a, "P. 31:55(24) ack 1")
	r.now("60.030").arrive(p)
	return r.final("ESTABLISHED", "ESTABLISHED")
}

func microseconds() *Log {
	r := simple("microseconds")
	r.now("0").ret(a, `send "ABCDEFG" = 7`)
	p := r.send(a, "P. 1:8(7) ack 1")
	r.now("0.010376").arrive(p)
	ack := r.send(b, ". 1 ack 8")
	r.now("0.020376").arrive(ack)
	r.now("120.5").ret(a, "close = 0")
	p = r.send(a, "F. 8 ack 1")
	r.now("120.510").arrive(p)
	return r.final("FIN-WAIT-1", "CLOSE-WAIT")
}

func blocked() *Log {
	r := simple("blocked")
	r.now("0").ret(a, "setsockopt SO_KEEPALIVE 1 = 0")
	r.then().ret(a, "bind = EADDRINUSE")
	r.then().call(a, "connect B:4500")
	syn := r.send(a, "S 0")
	r.state(a, "SYN-SENT")
	r.lose(syn, LostOnLink, "drop all")
	r.then().call(b, "accept")
	r.now("300").add(Event{Kind: Blocked, Host: a, Packet: -1, Call: CallText{Name: "connect", Args: "B:4500", Begun: r.last[a]}})
	r.then().add(Event{Kind: Blocked, Host: b, Packet: -1, Call: CallText{App: "web", Name: "accept"}})
	r.then().text(Note, b, "invariant I-16 violated")
	return r.final("SYN-SENT")
}
