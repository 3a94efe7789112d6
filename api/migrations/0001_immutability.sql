-- A release never changes, and the audit only grows: the database itself refuses anything else.
CREATE TRIGGER `releases_immutable` BEFORE UPDATE ON `releases` BEGIN SELECT RAISE(ABORT, 'releases are immutable'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_unchanged` BEFORE UPDATE ON `audit` BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
--> statement-breakpoint
CREATE TRIGGER `audit_kept` BEFORE DELETE ON `audit` BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
