CREATE TABLE `audit` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` text NOT NULL,
	`owner` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`request_id` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `publisher_keys` (
	`owner` text PRIMARY KEY NOT NULL,
	`public_key` text NOT NULL,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `releases` (
	`name` text NOT NULL,
	`version` text NOT NULL,
	`precedence` text NOT NULL,
	`stable` integer NOT NULL,
	`manifest` text NOT NULL,
	`manifest_sha256` text NOT NULL,
	`signature` text NOT NULL,
	`public_key` text NOT NULL,
	`description` text NOT NULL,
	`family` text NOT NULL,
	`classes` integer NOT NULL,
	`tasks` text NOT NULL,
	`weights_sha256` text NOT NULL,
	`weights_bytes` integer NOT NULL,
	`publisher` text NOT NULL,
	`published_at` text NOT NULL,
	`search_text` text NOT NULL,
	`request_id` text NOT NULL,
	PRIMARY KEY(`name`, `version`),
	FOREIGN KEY (`name`) REFERENCES `teachers`(`name`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `releases_newest` ON `releases` (`name`,`stable`,`precedence`);--> statement-breakpoint
CREATE TABLE `teachers` (
	`name` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `tokens` (
	`hash` text PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` text NOT NULL,
	`expires_at` text,
	`revoked_at` text
);
