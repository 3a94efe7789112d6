CREATE TABLE `dist_tags` (
	`name` text NOT NULL,
	`tag` text NOT NULL,
	`version` text NOT NULL,
	`updated_at` text NOT NULL,
	PRIMARY KEY(`name`, `tag`),
	FOREIGN KEY (`name`) REFERENCES `teachers`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `dist_tags_by_tag` ON `dist_tags` (`tag`,`name`);--> statement-breakpoint
CREATE TABLE `listing_tasks` (
	`task` text NOT NULL,
	`name` text NOT NULL,
	PRIMARY KEY(`task`, `name`)
);
--> statement-breakpoint
CREATE INDEX `listing_tasks_of_name` ON `listing_tasks` (`name`);--> statement-breakpoint
CREATE TABLE `listings` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`family` text NOT NULL,
	`owner` text NOT NULL,
	`visibility` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `listings_name_unique` ON `listings` (`name`);--> statement-breakpoint
CREATE INDEX `listings_public` ON `listings` (`visibility`,`name`);--> statement-breakpoint
CREATE INDEX `listings_by_family` ON `listings` (`visibility`,`family`,`name`);--> statement-breakpoint
CREATE TABLE `owners` (
	`owner` text PRIMARY KEY NOT NULL,
	`created_at` text NOT NULL,
	`quota_bytes` integer,
	`quota_releases` integer
);
--> statement-breakpoint
CREATE TABLE `release_states` (
	`name` text NOT NULL,
	`version` text NOT NULL,
	`yanked_at` text,
	`yanked_reason` text,
	`deprecated` text,
	`removed_at` text,
	`removed_reason` text,
	PRIMARY KEY(`name`, `version`)
);
--> statement-breakpoint
CREATE TABLE `reports` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`name` text NOT NULL,
	`version` text NOT NULL,
	`task` text NOT NULL,
	`size_bucket` text NOT NULL,
	`error_with` real NOT NULL,
	`error_without` real NOT NULL,
	`reporter` text NOT NULL,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `reports_of_teacher` ON `reports` (`name`,`version`,`task`,`size_bucket`,`reporter`);--> statement-breakpoint
CREATE INDEX `reports_by_age` ON `reports` (`created_at`);--> statement-breakpoint
CREATE TABLE `sweeps` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`started_at` text NOT NULL,
	`finished_at` text,
	`scanned` integer DEFAULT 0 NOT NULL,
	`removed` integer DEFAULT 0 NOT NULL,
	`failure` text
);
--> statement-breakpoint
CREATE TABLE `transfers` (
	`name` text PRIMARY KEY NOT NULL,
	`from_owner` text NOT NULL,
	`to_owner` text NOT NULL,
	`offered_at` text NOT NULL,
	FOREIGN KEY (`name`) REFERENCES `teachers`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `upload_parts` (
	`upload_id` text NOT NULL,
	`part` integer NOT NULL,
	`etag` text NOT NULL,
	`bytes` integer NOT NULL,
	PRIMARY KEY(`upload_id`, `part`),
	FOREIGN KEY (`upload_id`) REFERENCES `uploads`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`sha256` text NOT NULL,
	`bytes` integer NOT NULL,
	`part_bytes` integer NOT NULL,
	`multipart_id` text NOT NULL,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `uploads_of_owner` ON `uploads` (`owner`,`sha256`);--> statement-breakpoint
CREATE INDEX `uploads_by_age` ON `uploads` (`created_at`);--> statement-breakpoint
CREATE TABLE `weights` (
	`sha256` text NOT NULL,
	`owner` text NOT NULL,
	`bytes` integer NOT NULL,
	`created_at` text NOT NULL,
	PRIMARY KEY(`sha256`, `owner`)
);
--> statement-breakpoint
CREATE INDEX `weights_of_owner` ON `weights` (`owner`,`bytes`);--> statement-breakpoint
CREATE INDEX `weights_by_age` ON `weights` (`created_at`);--> statement-breakpoint
CREATE TABLE `__new_publisher_keys` (
	`owner` text NOT NULL,
	`public_key` text NOT NULL,
	`created_at` text NOT NULL,
	`endorsed_by` text,
	`endorsement` text,
	`retired_at` text,
	`revoked_at` text,
	`revoked_reason` text,
	PRIMARY KEY(`owner`, `public_key`)
);
--> statement-breakpoint
INSERT INTO `__new_publisher_keys`(`owner`, `public_key`, `created_at`) SELECT `owner`, `public_key`, `created_at` FROM `publisher_keys`;--> statement-breakpoint
DROP TABLE `publisher_keys`;--> statement-breakpoint
ALTER TABLE `__new_publisher_keys` RENAME TO `publisher_keys`;--> statement-breakpoint
ALTER TABLE `audit` ADD `concerns` text;--> statement-breakpoint
ALTER TABLE `audit` ADD `token_id` text;--> statement-breakpoint
ALTER TABLE `audit` ADD `detail` text;--> statement-breakpoint
CREATE INDEX `audit_of_owner` ON `audit` (`owner`,`id`);--> statement-breakpoint
CREATE INDEX `audit_concerning` ON `audit` (`concerns`,`id`);--> statement-breakpoint
CREATE INDEX `audit_of_subject` ON `audit` (`subject`,`id`);--> statement-breakpoint
ALTER TABLE `teachers` ADD `visibility` text DEFAULT 'public' NOT NULL;--> statement-breakpoint
ALTER TABLE `teachers` ADD `skeleton` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `teachers` ADD `popularity` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `teachers_by_skeleton` ON `teachers` (`skeleton`);--> statement-breakpoint
CREATE INDEX `teachers_by_popularity` ON `teachers` (`popularity`);--> statement-breakpoint
CREATE INDEX `teachers_of_owner` ON `teachers` (`owner`,`name`);--> statement-breakpoint
ALTER TABLE `tokens` ADD `id` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `tokens` ADD `names` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `label` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `tokens` ADD `last_four` text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX `tokens_of_owner` ON `tokens` (`owner`,`created_at`);--> statement-breakpoint
CREATE INDEX `releases_by_weights` ON `releases` (`weights_sha256`);--> statement-breakpoint
CREATE INDEX `releases_by_key` ON `releases` (`public_key`);
--> statement-breakpoint
-- From here on by hand: what drizzle has no words for.
UPDATE `tokens` SET `id` = substr(`hash`, 1, 16);
--> statement-breakpoint
-- As teachers/look-alike.ts does it.
UPDATE `teachers` SET `skeleton` = replace(replace(replace(replace(replace(replace(replace(replace(replace(`name`, '-', ''), '0', 'o'), '1', 'l'), 'i', 'l'), '5', 's'), '2', 'z'), '8', 'b'), 'rn', 'm'), 'vv', 'w');
--> statement-breakpoint
INSERT OR IGNORE INTO `weights` (`sha256`, `owner`, `bytes`, `created_at`) SELECT r.`weights_sha256`, t.`owner`, r.`weights_bytes`, r.`published_at` FROM `releases` r JOIN `teachers` t ON t.`name` = r.`name`;
--> statement-breakpoint
-- Only what has a tombstone can be deleted.
CREATE TRIGGER `releases_kept` BEFORE DELETE ON `releases` WHEN NOT EXISTS (SELECT 1 FROM `release_states` s WHERE s.`name` = OLD.`name` AND s.`version` = OLD.`version` AND s.`removed_at` IS NOT NULL) BEGIN SELECT RAISE(ABORT, 'releases are kept'); END;
--> statement-breakpoint
-- Removal is for ever.
CREATE TRIGGER `tombstones_kept` BEFORE UPDATE ON `release_states` WHEN OLD.`removed_at` IS NOT NULL AND NEW.`removed_at` IS NULL BEGIN SELECT RAISE(ABORT, 'tombstones are kept'); END;
--> statement-breakpoint
CREATE TRIGGER `tombstones_undeleted` BEFORE DELETE ON `release_states` WHEN OLD.`removed_at` IS NOT NULL BEGIN SELECT RAISE(ABORT, 'tombstones are kept'); END;
--> statement-breakpoint
CREATE VIRTUAL TABLE `listing_text` USING fts5(`name`, `description`, `tasks`, tokenize = 'trigram');
--> statement-breakpoint
-- INSERT INTO listing_refresh (name) makes a teacher's listing anew; a view, as triggers can't call anything else.
CREATE VIEW `listing_refresh` AS SELECT `name` FROM `teachers`;
--> statement-breakpoint
CREATE TRIGGER `listing_refreshes` INSTEAD OF INSERT ON `listing_refresh` BEGIN
	DELETE FROM `listing_text` WHERE rowid = (SELECT `id` FROM `listings` WHERE `name` = NEW.`name`);
	DELETE FROM `listing_tasks` WHERE `name` = NEW.`name`;
	DELETE FROM `listings` WHERE `name` = NEW.`name`;
	INSERT INTO `listings` (`name`, `version`, `family`, `owner`, `visibility`)
		SELECT r.`name`, r.`version`, r.`family`, t.`owner`, t.`visibility` FROM `releases` r
		JOIN `teachers` t ON t.`name` = r.`name`
		LEFT JOIN `release_states` s ON s.`name` = r.`name` AND s.`version` = r.`version`
		LEFT JOIN `dist_tags` d ON d.`name` = r.`name` AND d.`tag` = 'latest'
		WHERE r.`name` = NEW.`name` AND s.`yanked_at` IS NULL AND s.`removed_at` IS NULL
		ORDER BY d.`version` = r.`version` DESC, r.`stable` DESC, r.`precedence` DESC LIMIT 1;
	INSERT OR IGNORE INTO `listing_tasks` (`task`, `name`) SELECT j.`value`, l.`name` FROM `listings` l
		JOIN `releases` r ON r.`name` = l.`name` AND r.`version` = l.`version`, json_each(r.`tasks`) j
		WHERE l.`name` = NEW.`name`;
	INSERT INTO `listing_text` (rowid, `name`, `description`, `tasks`) SELECT l.`id`, r.`name`, r.`description`, r.`tasks`
		FROM `listings` l JOIN `releases` r ON r.`name` = l.`name` AND r.`version` = l.`version`
		WHERE l.`name` = NEW.`name`;
END;
--> statement-breakpoint
CREATE TRIGGER `listing_of_release` AFTER INSERT ON `releases` BEGIN INSERT INTO `listing_refresh` (`name`) VALUES (NEW.`name`); END;
--> statement-breakpoint
CREATE TRIGGER `listing_of_removal` AFTER DELETE ON `releases` BEGIN INSERT INTO `listing_refresh` (`name`) VALUES (OLD.`name`); END;
--> statement-breakpoint
CREATE TRIGGER `listing_of_state` AFTER INSERT ON `release_states` BEGIN INSERT INTO `listing_refresh` (`name`) VALUES (NEW.`name`); END;
--> statement-breakpoint
CREATE TRIGGER `listing_of_new_state` AFTER UPDATE ON `release_states` BEGIN INSERT INTO `listing_refresh` (`name`) VALUES (NEW.`name`); END;
--> statement-breakpoint
CREATE TRIGGER `listing_of_tag` AFTER INSERT ON `dist_tags` WHEN NEW.`tag` = 'latest' BEGIN INSERT INTO `listing_refresh` (`name`) VALUES (NEW.`name`); END;
--> statement-breakpoint
CREATE TRIGGER `listing_of_moved_tag` AFTER UPDATE ON `dist_tags` WHEN NEW.`tag` = 'latest' BEGIN INSERT INTO `listing_refresh` (`name`) VALUES (NEW.`name`); END;
--> statement-breakpoint
CREATE TRIGGER `listing_of_lost_tag` AFTER DELETE ON `dist_tags` WHEN OLD.`tag` = 'latest' BEGIN INSERT INTO `listing_refresh` (`name`) VALUES (OLD.`name`); END;
--> statement-breakpoint
CREATE TRIGGER `listing_of_owner` AFTER UPDATE OF `owner`, `visibility` ON `teachers` BEGIN INSERT INTO `listing_refresh` (`name`) VALUES (NEW.`name`); END;
--> statement-breakpoint
INSERT INTO `listing_refresh` (`name`) SELECT `name` FROM `teachers`;
