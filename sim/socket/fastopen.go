package socket

import (
	"bytes"

	"simrun/clock"
	"simrun/wire"
)

// fastPeer is what a host remembers of a server for the next Fast Open (RFC
// 7413 4.1.3).
type fastPeer struct {
	addr   wire.Addr
	cookie [16]byte
	n      uint8
	mss    uint16
}

// fastCookieLen is the length of the cookies that a listener gives; 4 to 16 is
// allowed (RFC 7413 4.1.1).
const fastCookieLen = 8

// fastPeer is what is known of a server; its cookie is empty if none is.
func (k *Stack) fastPeer(addr wire.Addr) fastPeer {
	for i := range k.fastPeers {
		if k.fastPeers[i].addr == addr {
			return k.fastPeers[i]
		}
	}
	return fastPeer{addr: addr}
}

// remember keeps the cookie that a connection was given.
func (k *Stack) remember(c *conn) {
	p := fastPeer{addr: c.tcp.Remote().Addr, mss: uint16(c.tcp.MSS())}
	p.n = uint8(copy(p.cookie[:], c.tcp.FastCookie()))
	for i := range k.fastPeers {
		if k.fastPeers[i].addr == p.addr {
			k.fastPeers[i] = p
			return
		}
	}
	k.fastPeers = append(k.fastPeers, p)
}

// offerFast prepares a child for a SYN that asks for a cookie or brings one
// (RFC 7413 4.2.2). Only so many may have text before their handshakes end: a
// flood of them would have been answered for nothing (5.1).
func (k *Stack) offerFast(c *conn, seg *wire.TCP) {
	l := &k.socks[c.listener].listen
	cookie, ok := seg.Options.FastOpen()
	if !ok || l.fastLimit == 0 {
		return
	}
	sum := k.mac('F', wire.Endpoint{Addr: seg.Dst}, wire.Endpoint{Addr: seg.Src})
	own := sum[:fastCookieLen]
	switch {
	case !bytes.Equal(cookie, own):
		c.tcp.RefuseFast(own)
	case l.fast >= l.fastLimit:
		c.tcp.RefuseFast(nil)
	case len(seg.Payload) > 0:
		c.tcp.TakeFast()
		c.fast = c.listener
		l.fast++
	}
}

// fastOver takes a connection off its listener's count once its handshake has
// ended.
func (k *Stack) fastOver(c *conn) {
	if c.fast != None {
		k.socks[c.fast].listen.fast--
		c.fast = None
	}
}

// ConnectSend is sendto with MSG_FASTOPEN: it opens a connection and queues
// data, of which a part goes with the SYN if the host has the server's cookie.
// It returns how many octets it queued and EINPROGRESS, or why it did nothing.
func (k *Stack) ConnectSend(now clock.Time, p ProcID, fd int, remote wire.Endpoint, data []byte) (int, Errno) {
	return k.connect(now, p, fd, remote, data, true)
}

// sendFirst is the first send after a connect that TCP_FASTOPEN_CONNECT put
// off: now the SYN goes, with data.
func (k *Stack) sendFirst(now clock.Time, p ProcID, fd int, s *sock, data []byte) (int, Errno) {
	remote := s.later
	s.later = wire.Endpoint{}
	n, e := k.connect(now, p, fd, remote, data, true)
	if e == EINPROGRESS {
		e = OK
	}
	return n, e
}
