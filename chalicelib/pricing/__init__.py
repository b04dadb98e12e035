"""Pricing: what a call cost. The price book and the rules that turn token counts into nano-USD;
pure, no storage."""
