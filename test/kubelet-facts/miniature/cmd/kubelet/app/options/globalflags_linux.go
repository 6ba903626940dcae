package options

func addCadvisorFlags(fs *pflag.FlagSet) {
	registerDeprecated(global, local, "storage_driver_db", deprecated)
}
