-- Whom to name beside a picture that was made with a shape of the catalogue (CC BY).
ALTER TABLE generation_assets ADD COLUMN credit text;
