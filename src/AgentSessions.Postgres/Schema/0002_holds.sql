-- Who has taken a session over from its agent; null for nobody.
ALTER TABLE agent_sessions.sessions ADD COLUMN held_by text;
