ALTER TABLE `rollouts` ADD `verdict` text;--> statement-breakpoint
ALTER TABLE `solutions` ADD `grading_errors` text;