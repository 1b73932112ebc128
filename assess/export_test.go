package assess

// CommitOneByOne gives each answer a commit of its own, for benchmarks to show
// what committing together gains. It must be called before the first answer.
func (c *Center) CommitOneByOne() { c.saver.most = 1 }

// ReadError is what turns a driver's error into one of the center's.
var ReadError = readError
