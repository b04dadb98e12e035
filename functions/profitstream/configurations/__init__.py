"""/profitstream/v2/api/configurations: where people and programs are told what happened."""
