"""The person's language: translations, labels, formatted numbers and dates, and the catalogue of sentences."""
