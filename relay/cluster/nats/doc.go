// Package nats is an engine of a cluster over NATS JetStream.
package nats
