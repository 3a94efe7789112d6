-- A listing keeps its id as long as it is there: pages of a search go by it, and a new release must not move its teacher
-- to where a reader has been already.
DROP TRIGGER `listing_refreshes`;
--> statement-breakpoint
CREATE TRIGGER `listing_refreshes` INSTEAD OF INSERT ON `listing_refresh` BEGIN
	DELETE FROM `listing_text` WHERE rowid = (SELECT `id` FROM `listings` WHERE `name` = NEW.`name`);
	DELETE FROM `listing_tasks` WHERE `name` = NEW.`name`;
	DELETE FROM `listings` WHERE `name` = NEW.`name` AND NOT EXISTS (SELECT 1 FROM `releases` r
		LEFT JOIN `release_states` s ON s.`name` = r.`name` AND s.`version` = r.`version`
		WHERE r.`name` = NEW.`name` AND s.`yanked_at` IS NULL AND s.`removed_at` IS NULL);
	INSERT INTO `listings` (`name`, `version`, `family`, `owner`, `visibility`)
		SELECT r.`name`, r.`version`, r.`family`, t.`owner`, t.`visibility` FROM `releases` r
		JOIN `teachers` t ON t.`name` = r.`name`
		LEFT JOIN `release_states` s ON s.`name` = r.`name` AND s.`version` = r.`version`
		LEFT JOIN `dist_tags` d ON d.`name` = r.`name` AND d.`tag` = 'latest'
		WHERE r.`name` = NEW.`name` AND s.`yanked_at` IS NULL AND s.`removed_at` IS NULL
		ORDER BY d.`version` = r.`version` DESC, r.`stable` DESC, r.`precedence` DESC LIMIT 1
		ON CONFLICT (`name`) DO UPDATE SET `version` = excluded.`version`, `family` = excluded.`family`,
			`owner` = excluded.`owner`, `visibility` = excluded.`visibility`;
	INSERT OR IGNORE INTO `listing_tasks` (`task`, `name`) SELECT j.`value`, l.`name` FROM `listings` l
		JOIN `releases` r ON r.`name` = l.`name` AND r.`version` = l.`version`, json_each(r.`tasks`) j
		WHERE l.`name` = NEW.`name`;
	INSERT INTO `listing_text` (rowid, `name`, `description`, `tasks`) SELECT l.`id`, r.`name`, r.`description`, r.`tasks`
		FROM `listings` l JOIN `releases` r ON r.`name` = l.`name` AND r.`version` = l.`version`
		WHERE l.`name` = NEW.`name`;
END;
