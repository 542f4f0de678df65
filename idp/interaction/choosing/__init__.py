"""The page on which somebody says as what they come 办事身份: as themselves, or for which organisation."""
