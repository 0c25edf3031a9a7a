CREATE TABLE `phase_pieces` (
	`phase_id` text NOT NULL,
	`question` blob NOT NULL,
	`part` integer NOT NULL,
	`parts` integer NOT NULL,
	`data` blob NOT NULL,
	PRIMARY KEY(`phase_id`, `question`, `part`),
	FOREIGN KEY (`phase_id`) REFERENCES `phases`(`id`) ON UPDATE no action ON DELETE cascade,
	CONSTRAINT "phase_pieces_question_length" CHECK(length("phase_pieces"."question") = 32),
	CONSTRAINT "phase_pieces_part_range" CHECK("phase_pieces"."part" between 0 and "phase_pieces"."parts" - 1),
	CONSTRAINT "phase_pieces_parts_range" CHECK("phase_pieces"."parts" >= 1)
) STRICT;
