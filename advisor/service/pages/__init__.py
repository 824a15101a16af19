"""The pages of the questionnaire at `/`: rendered by the server, usable without JavaScript."""
