"""HDF5: superblock and addresses (`file`), large groups (`heap`), object headers (`objects`), the tree of them all."""
