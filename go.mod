module simrun

go 1.26

require (
	github.com/google/go-cmp v0.7.0
	github.com/google/gopacket v1.1.19
	pgregory.net/rapid v1.3.0
)
