package socket

import (
	"crypto/md5"
	"encoding/binary"

	"simrun/clock"
	"simrun/wire"
)

// demux finds a connection by its endpoints: a hash table whose chains run
// through the connections themselves, so that copying slices copies it.
type demux struct {
	heads []ConnID // 1 + the first connection of each chain; its length is a power of two
	n     int
}

func (d *demux) slot(local, remote wire.Endpoint) *ConnID {
	return &d.heads[remote.Hash(local.Hash(0))&uint64(len(d.heads)-1)]
}

func (d *demux) find(k *Stack, local, remote wire.Endpoint) ConnID {
	if d.n == 0 {
		return None
	}
	for id := *d.slot(local, remote) - 1; id != None; id = k.conns[id].next {
		if c := k.conns[id]; c.tcp.Remote() == remote && c.tcp.Local() == local {
			return id
		}
	}
	return None
}

func (d *demux) insert(k *Stack, c *conn) {
	if d.n >= len(d.heads) {
		d.grow(k)
	}
	head := d.slot(c.tcp.Local(), c.tcp.Remote())
	c.next, *head = *head-1, c.id+1
	c.linked = true
	d.n++
}

func (d *demux) remove(k *Stack, c *conn) {
	if !c.linked {
		return
	}
	c.linked = false
	d.n--
	head := d.slot(c.tcp.Local(), c.tcp.Remote())
	if *head-1 == c.id {
		*head = c.next + 1
		return
	}
	for id := *head - 1; ; id = k.conns[id].next {
		if k.conns[id].next == c.id {
			k.conns[id].next = c.next
			return
		}
	}
}

func (d *demux) grow(k *Stack) {
	d.heads = make([]ConnID, max(8, 2*len(d.heads)))
	for _, c := range k.conns {
		if c.linked {
			head := d.slot(c.tcp.Local(), c.tcp.Remote())
			c.next, *head = *head-1, c.id+1
		}
	}
}

// numbers is the initial sequence number of RFC 6528, as RFC 9293 3.4.1 gives
// it: ISN = M + F(localip, localport, remoteip, remoteport, secretkey), where M
// counts every four microseconds, and whenever a connection outruns it; and where the timestamp clock of these
// endpoints starts (RFC 7323 5.4).
func (k *Stack) numbers(now clock.Time, local, remote wire.Endpoint) (iss wire.Seq, tsOffset uint32) {
	var b [52]byte
	l, r := local.Addr.As16(), remote.Addr.As16()
	copy(b[0:], l[:])
	copy(b[16:], r[:])
	binary.BigEndian.PutUint16(b[32:], local.Port)
	binary.BigEndian.PutUint16(b[34:], remote.Port)
	copy(b[36:], k.secret[:])
	sum := md5.Sum(b[:])
	tsOffset = binary.BigEndian.Uint32(sum[4:])
	if k.cfg.FixedISS {
		return k.cfg.ISS, tsOffset
	}
	return wire.Seq(binary.BigEndian.Uint32(sum[:])) + wire.Seq(now/4000) + wire.Seq(k.ahead), tsOffset
}

// outrun moves the numbers on when a connection ends that has used some beyond
// those that its endpoints would begin with next: a short life in one tick of
// the clock, or a fast one. The next incarnation then begins where this one
// ended, whoever waited in TIME-WAIT (RFC 9293 3.4.3, 3.6.1 MAY-2).
func (k *Stack) outrun(now clock.Time, c *conn) {
	iss, _ := k.numbers(now, c.tcp.Local(), c.tcp.Remote())
	if ahead := c.tcp.Highest().Sub(iss); ahead > 0 && !k.cfg.FixedISS {
		k.ahead += uint32(ahead)
	}
}

// ephemeralPort chooses the next port, in order, that is free.
func (k *Stack) ephemeralPort(free func(port uint16) bool) (uint16, bool) {
	low, high := k.cfg.EphemeralLow, k.cfg.EphemeralHigh
	if k.ephemeral < low || k.ephemeral > high {
		k.ephemeral = low
	}
	for range int(high) - int(low) + 1 {
		port := k.ephemeral
		if k.ephemeral++; k.ephemeral > high || k.ephemeral == 0 {
			k.ephemeral = low
		}
		if free(port) {
			return port, true
		}
	}
	return 0, false
}
