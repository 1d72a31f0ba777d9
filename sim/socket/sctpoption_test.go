package socket

import (
	"testing"
	"time"

	"simrun/sctp"
	"simrun/wire"
)

// TestSCTPOptions: each option takes a value and gives it back, before there
// is an association and while there is one.
func TestSCTPOptions(t *testing.T) {
	n := newAssocLAN(t)
	a, b := n.hosts[0], n.hosts[1]
	b.server(true, 80)
	fresh, open := a.socket(true, 0), a.socket(true, 0)
	n.want("send", a.send(open, at(addrB, 80), "x"), OK)
	n.settle()
	values := []struct {
		option Option
		value  int64
	}{
		{SCTP_ASSOCINFO_MAXRXT, 4}, {SCTP_ASSOCINFO_COOKIE_LIFE, int64(time.Minute)}, {SCTP_AUTOCLOSE, int64(time.Hour)},
		{SCTP_CONTEXT, 9}, {SCTP_DEFAULT_SNDINFO_CONTEXT, 8}, {SCTP_DEFAULT_SNDINFO_PPID, 7}, {SCTP_DEFAULT_SNDINFO_SID, 6},
		{SCTP_DELAYED_SACK_DELAY, int64(time.Millisecond)}, {SCTP_DELAYED_SACK_FREQ, 3}, {SCTP_DISABLE_FRAGMENTS, 1},
		{SCTP_FRAGMENT_INTERLEAVE, 0}, {SCTP_INITMSG_ATTEMPTS, 2}, {SCTP_INITMSG_INSTREAMS, 5}, {SCTP_INITMSG_OSTREAMS, 6},
		{SCTP_MAXSEG, 500}, {SCTP_MAX_BURST, 9}, {SCTP_NODELAY, 1}, {SCTP_PEER_ADDR_PARAMS_HBINTERVAL, int64(time.Second)},
		{SCTP_PEER_ADDR_PARAMS_PATHMAXRXT, 2}, {SCTP_RTOINFO_MAX, int64(8 * time.Second)}, {SCTP_RTOINFO_INITIAL, int64(2 * time.Second)},
		{SCTP_RTOINFO_MIN, int64(time.Second / 2)}, {SO_RCVBUF, 5000}, {SO_SNDBUF, 6000}, {SO_LINGER, 0},
		{SO_RCVTIMEO, 5}, {SO_SNDTIMEO, 6},
	}
	for _, fd := range []int{fresh, open} {
		for _, v := range values {
			n.want("set "+v.option.String(), a.Setsockopt(n.now, a.p, fd, v.option, v.value), OK)
		}
		for _, v := range values {
			got, e := a.Getsockopt(a.p, fd, v.option)
			if n.want("get "+v.option.String(), e, OK); got != v.value {
				t.Errorf("%v is %d, was set to %d", v.option, got, v.value)
			}
		}
	}
	n.want("a level that there is not", a.Setsockopt(n.now, a.p, open, SCTP_FRAGMENT_INTERLEAVE, 2), EINVAL)
	n.want("RTO.Min above RTO.Max", a.Setsockopt(n.now, a.p, open, SCTP_RTOINFO_MIN, int64(time.Minute)), EINVAL)
	n.want("an option of TCP", a.Setsockopt(n.now, a.p, open, TCP_NODELAY, 1), ENOPROTOOPT)
	n.want("autoclose of one", a.Setsockopt(n.now, a.p, a.socket(false, 0), SCTP_AUTOCLOSE, 1), EOPNOTSUPP)
	n.want("too large a message", a.send(open, at(addrB, 80), string(make([]byte, 2000))), EMSGSIZE)

	var cfg *sctp.Config
	a.EachAssoc(func(_ AssocID, x *sctp.Assoc) { cfg = x.Config() })
	if cfg.MaxSegment != 500 || cfg.RTO.Max != 8*time.Second {
		t.Errorf("the association has segments of %d and an RTO.Max of %v", cfg.MaxSegment, cfg.RTO.Max)
	}
	n.want("of one association", a.SetAssocopt(n.now, a.p, open, 1, SCTP_MAXSEG, 100), OK)
	if got, _ := a.Getsockopt(a.p, open, SCTP_MAXSEG); got != 500 {
		t.Errorf("the socket's SCTP_MAXSEG is %d, of one association it was set", got)
	}
	n.want("of no association", a.SetAssocopt(n.now, a.p, open, 7, SCTP_MAXSEG, 100), EINVAL)
}

// TestStatus: SCTP_STATUS says what the association knows, and SCTP_PRIMARY_ADDR
// where it sends.
func TestStatus(t *testing.T) {
	n := newAssocLAN(t)
	a, b := n.hosts[0], n.hosts[1]
	b.server(true, 80)
	fd := a.socket(true, 0)
	_, e := a.Connectx(n.now, a.p, fd, []wire.Endpoint{at(addrB, 80), at(spare, 80)})
	n.want("connectx", e, OK)
	n.pass(time.Second)
	st, e := a.Status(a.p, fd, 1)
	if n.want("SCTP_STATUS", e, OK); st.State != sctp.Established || st.Out != 10 || st.In != 10 || st.Primary.Addr != addrB || st.Unacked != 0 {
		t.Errorf("SCTP_STATUS is %+v", st)
	}
	n.want("SCTP_PRIMARY_ADDR", a.SetPrimary(n.now, a.p, fd, 1, addrA), EINVAL)
	n.want("SCTP_PRIMARY_ADDR", a.SetPrimary(n.now, a.p, fd, 1, spare), OK)
	var to wire.Addr
	n.lose = func(p *wire.SCTP) bool { to = p.Dst; return false }
	n.want("send", a.send(fd, at(addrB, 80), "x"), OK)
	if to != spare {
		t.Errorf("the message goes to %v, want %v", to, spare)
	}
	if st, _ := a.Status(a.p, fd, 1); st.Primary.Addr != spare || st.Unacked != 1 {
		t.Errorf("SCTP_STATUS is %+v", st)
	}
}
