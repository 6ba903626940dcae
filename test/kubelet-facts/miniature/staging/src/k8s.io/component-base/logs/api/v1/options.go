package v1

const frequency = "log-flush-frequency"

func addFlags(c *LoggingConfiguration, fs flagSet) {
	fs.DurationVar(&c.FlushFrequency, frequency, c.FlushFrequency, "a time")
}
