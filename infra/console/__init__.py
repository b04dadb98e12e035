"""The console: a page of TypeScript that speaks nothing but the public API, and its build."""
