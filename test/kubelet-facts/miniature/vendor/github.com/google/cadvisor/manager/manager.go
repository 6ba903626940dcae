package manager

var database = flag.String("storage_driver_db", "cadvisor", "a database")
