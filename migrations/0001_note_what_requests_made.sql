PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_idempotency_keys` (
	`key` text PRIMARY KEY NOT NULL,
	`fingerprint` text NOT NULL,
	`response` text,
	`created_at` text NOT NULL,
	`resources` text,
	CONSTRAINT "idempotency_keys_key_length" CHECK(length("__new_idempotency_keys"."key") between 1 and 512),
	CONSTRAINT "idempotency_keys_response_json" CHECK(json_valid("__new_idempotency_keys"."response") and json_type("__new_idempotency_keys"."response") = 'object'),
	CONSTRAINT "idempotency_keys_resources_json" CHECK(json_valid("__new_idempotency_keys"."resources") and json_type("__new_idempotency_keys"."resources") = 'array'),
	CONSTRAINT "idempotency_keys_created_at_time" CHECK("__new_idempotency_keys"."created_at" glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]*Z')
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_idempotency_keys`("key", "fingerprint", "response", "created_at", "resources") SELECT "key", "fingerprint", "response", "created_at", NULL FROM `idempotency_keys`;--> statement-breakpoint
DROP TABLE `idempotency_keys`;--> statement-breakpoint
ALTER TABLE `__new_idempotency_keys` RENAME TO `idempotency_keys`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `idempotency_keys_created` ON `idempotency_keys` (`created_at`);