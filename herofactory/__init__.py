"""The domain of HeroFactory. It knows neither HTTP nor Faust."""
