"""The five feeds (五种来源文件), one module each: which rows there are, in what files, with what dirt."""
