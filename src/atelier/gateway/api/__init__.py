"""The service's own API under `/atelier/api`: for accounts themselves, for teachers, for administrators."""
