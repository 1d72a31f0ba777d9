package sim

import (
	"bytes"
	"fmt"
	"slices"

	"simrun/sctp"
	"simrun/sim/socket"
	"simrun/wire"
)

// assocLife is one incarnation of one end of an association. A restart of the
// peer begins another, under the same identifier.
type assocLife struct {
	host          int
	id            socket.AssocID
	local, remote wire.Endpoint
	tag, peerTag  wire.Tag
	state         sctp.State
	unordered     []sentMessage // that were not received yet
	ordered       []sentStream  // what SEND took, by stream
}

// sentStream is the ordered messages of a stream, and how many the other end
// has received.
type sentStream struct {
	messages [][]byte
	received int
}

// sentMessage is an unordered message.
type sentMessage struct {
	stream uint16
	data   []byte
}

func cloneAssocs(all []assocLife) []assocLife {
	all = slices.Clone(all)
	for i := range all {
		l := &all[i]
		l.unordered, l.ordered = slices.Clone(l.unordered), slices.Clone(l.ordered)
		for j := range l.ordered {
			l.ordered[j].messages = slices.Clip(l.ordered[j].messages)
		}
	}
	return all
}

// assoc is the present incarnation of an association; nil if there is none.
func (c *watch) assoc(host int, id socket.AssocID) *assocLife {
	for i := len(c.assocs) - 1; i >= 0; i-- {
		if l := &c.assocs[i]; l.host == host && l.id == id {
			return l
		}
	}
	return nil
}

// assocPeer is the other end: it has the same tags the other way round.
func (c *watch) assocPeer(l *assocLife) *assocLife {
	for i := len(c.assocs) - 1; i >= 0; i-- {
		p := &c.assocs[i]
		if p != l && p.tag == l.peerTag && p.peerTag == l.tag && p.tag != 0 && p.local.Port == l.remote.Port && p.remote.Port == l.local.Port {
			return p
		}
	}
	return nil
}

// assocStepped follows a step of an association.
func (c *watch) assocStepped(h *host, s *socket.AssocStep) {
	if c == nil {
		return
	}
	c.checkPackets(h, s)
	if s.Assoc == socket.None || s.Vars == nil {
		return
	}
	v := s.Vars
	l := c.assoc(h.index, s.Assoc)
	if l == nil || l.state == sctp.Closed || v.MyTag != l.tag && v.State.Exists() {
		if !v.State.Exists() {
			return // it was over before, or never began
		}
		waiting := []assocLife{{host: h.index, id: s.Assoc, local: s.Local, remote: s.Remote}}
		if l != nil && l.state != sctp.Closed && l.peerTag == 0 {
			waiting[0].ordered, waiting[0].unordered = l.ordered, l.unordered // what waits for the association goes with it
		}
		if l != nil {
			l.state = sctp.Closed
		}
		c.assocs = append(c.assocs, waiting...)
		l = &c.assocs[len(c.assocs)-1]
	}
	l.state = v.State
	if v.State.Exists() {
		l.tag, l.peerTag = v.MyTag, v.PeerTag
	}
	c.checkAssocPair(h, l)
	c.checkAlone(h, l)
}

// checkPackets compares what a step sent with what it was an answer to.
func (c *watch) checkPackets(h *host, s *socket.AssocStep) {
	sacks := 0
	for i := range s.Out.Packets {
		chunks := s.Out.Packets[i].Chunks
		for chunk, rest, ok := chunks.Next(); ok; chunk, rest, ok = rest.Next() {
			if chunk.Type == wire.ChunkSACK {
				sacks++
			}
		}
	}
	if sacks > 1 {
		c.violated("I-35", h, fmt.Sprintf("%d SACKs", sacks))
	}
	if c.pkt == nil {
		return
	}
	if n := len(s.Out.Packets); n > 0 && c.pkt.Chunks.Has(wire.ChunkAbort) {
		c.violated("I-30", h, fmt.Sprintf("%d packets sent", n))
	}
	if first, _ := c.pkt.Chunks.First(); first == wire.ChunkInit && s.From == sctp.Closed && s.To != sctp.Closed {
		c.violated("I-31", h, "from CLOSED to "+s.To.String())
	}
}

// checkAssocPair compares the states of both ends.
func (c *watch) checkAssocPair(h *host, l *assocLife) {
	p := c.assocPeer(l)
	if p == nil {
		return
	}
	for _, never := range [...][2]sctp.State{
		{sctp.ShutdownReceived, sctp.ShutdownReceived}, {sctp.CookieEchoed, sctp.ShutdownReceived}, {sctp.ShutdownReceived, sctp.CookieEchoed},
	} {
		if l.state == never[0] && p.state == never[1] {
			c.violated("I-28", h, fmt.Sprintf("%v here, %v there", l.state, p.state))
		}
	}
}

// checkAlone finds a second association with the same peer.
func (c *watch) checkAlone(h *host, l *assocLife) {
	if l.state == sctp.Closed {
		return
	}
	for i := range c.assocs {
		o := &c.assocs[i]
		if o != l && o.host == l.host && o.id != l.id && o.state != sctp.Closed &&
			o.local.Port == l.local.Port && o.remote.Port == l.remote.Port && c.w.owner(o.remote.Addr) == c.w.owner(l.remote.Addr) {
			c.violated("I-32", h, fmt.Sprintf("associations %d and %d between %v and %v", o.id, l.id, l.local, l.remote))
		}
	}
}

// messageSent follows a message that SEND took.
func (c *watch) messageSent(h *host, id socket.AssocID, stream uint16, unordered bool, data []byte) {
	if c == nil {
		return
	}
	l := c.assoc(h.index, id)
	if l == nil {
		return
	}
	data = bytes.Clone(data)
	if unordered {
		l.unordered = append(l.unordered, sentMessage{stream, data})
		return
	}
	for len(l.ordered) <= int(stream) {
		l.ordered = append(l.ordered, sentStream{})
	}
	l.ordered[stream].messages = append(l.ordered[stream].messages, data)
}

// messageReceived compares a whole message that RECEIVE gave with those that
// the other end sent in this incarnation.
func (c *watch) messageReceived(h *host, id socket.AssocID, stream uint16, unordered bool, data []byte) {
	if c == nil {
		return
	}
	l := c.assoc(h.index, id)
	if l == nil {
		return
	}
	p := c.assocPeer(l)
	if p == nil {
		return // the other end was forged
	}
	if unordered {
		i := slices.IndexFunc(p.unordered, func(m sentMessage) bool { return m.stream == stream && bytes.Equal(m.data, data) })
		if i < 0 {
			c.violated("I-25", h, fmt.Sprintf("an unordered message of %d octets on stream %d was never sent, or came before", len(data), stream))
			return
		}
		p.unordered = slices.Delete(p.unordered, i, i+1)
		return
	}
	if int(stream) >= len(p.ordered) || p.ordered[stream].received == len(p.ordered[stream].messages) {
		c.violated("I-25", h, fmt.Sprintf("a message of %d octets on stream %d, where no more was sent", len(data), stream))
		return
	}
	st := &p.ordered[stream]
	if want := st.messages[st.received]; !bytes.Equal(want, data) {
		c.violated("I-25", h, fmt.Sprintf("message %d of stream %d has %d octets that are not the %d that were sent", st.received, stream, len(data), len(want)))
	}
	st.received++
}
