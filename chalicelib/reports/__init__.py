"""Reports: questions about the lake, declared on one page, planned, asked, and presented as the
contract says."""
