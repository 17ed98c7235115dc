package dev.dovetail

/** Answers of a server that a client may keep. */
public enum class Cacheable(internal val member: String) {
    /** What the server tells about itself. */
    DISCOVER("discover"),

    /** The list of tools. */
    TOOLS("tools"),

    /** The list of prompts. */
    PROMPTS("prompts"),

    /** The list of resources. */
    RESOURCES("resources"),

    /** The list of templates. */
    RESOURCE_TEMPLATES("resourceTemplates"),

    /** The contents of resources. */
    READS("reads"),
}

/** Who may see a kept answer. */
public enum class CacheScope(internal val word: String) {
    /** Everybody. */
    PUBLIC("public"),

    /** Whoever asked. */
    PRIVATE("private"),
}
