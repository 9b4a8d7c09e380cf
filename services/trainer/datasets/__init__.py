"""From a data set's name to arrays: files on disk, a download, or what scikit-learn carries."""
