package cluster

// Edge reports whether what this relay stores is stored here alone (W110).
func (c *Cluster) Edge() bool { return c.edge.Load() }
