-- Workers of several machines tell of themselves without overwriting each other. Rows live for seconds: nothing to keep.
TRUNCATE parts;
ALTER TABLE parts ADD COLUMN instance text NOT NULL;
ALTER TABLE parts DROP CONSTRAINT parts_pkey, ADD PRIMARY KEY (name, instance);
