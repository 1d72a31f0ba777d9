package conformance

// urgentAtZeroWindow: the window of B is shut when A has something urgent to
// say: the pointer passes, the octet has to wait.
const urgentAtZeroWindow = `end 10s
-- app A --
connect B:1
send 100
at 1s
send "!" OOB
-- app B --
listen :1
c = accept
recv OOB = EINVAL
poll PRI c 500ms = 0
at 1500ms
recv OOB = EAGAIN
at 5s
recv 100 = 100
poll PRI c 2s = 1
recv OOB = "!"
-- check --
a.U.urgent = 1
`

var urgentProofs = proofs{
	"MUST-30": {"what is sent as urgent travels with URG, and is received as urgent", func(p *P) {
		p.sim(hosts("", "") + `-- app A --
connect B:1
send "!" OOB
-- app B --
listen :1
accept
sleep 1s
recv OOB = "!"
-- check --
count a.U = 1
`)
	}},
	"MUST-31": {"5000 urgent octets in four segments all lie before the pointer", func(p *P) {
		p.sim(hosts("iw=10", "") + `-- app A --
connect B:1
send 5000 OOB
-- app B --
listen :1
accept
until EOF { recv timeout=10s }
-- check --
count a.U = 4; a.U.urgent = 5000; a.U[4].urgent = 620
`)
	}},
	"MUST-62": {"the pointer of three urgent octets behind two others is 5: the octet after the last", func(p *P) {
		p.sim(hosts("nodelay=on", "") + `-- app A --
connect B:1
send "ab"
send "cde" OOB
-- app B --
listen :1
accept
-- check --
a.U.seq = 3; a.U.urgent = 3
`)
	}},
	"MUST-32": {"the application is told of urgent data before it has read what lies before it", func(p *P) {
		p.sim(hosts("", "") + `-- app A --
connect B:1
send 1000
send "!" OOB
-- app B --
listen :1
c = accept
poll c 10s
recv OOB = "!"
recv 1000 = 1000
`)
	}},
	"MUST-33": {"the application can ask whether it has read up to the mark", func(p *P) {
		p.sim(hosts("", "") + `-- app A --
connect B:1
send "ab"
send "!" OOB
-- app B --
listen :1
accept
sleep 1s
sockatmark = 0
recv 2 = "ab"
sockatmark = 1
`)
	}},
}
