"""What every page shares: language, 关怀版, assets, form tokens, fields; a rule lives with its concept."""
