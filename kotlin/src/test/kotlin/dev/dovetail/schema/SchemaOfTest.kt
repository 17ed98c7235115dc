package dev.dovetail.schema

import dev.dovetail.Description
import dev.dovetail.DovetailError
import dev.dovetail.ErrorCode
import kotlinx.serialization.Contextual
import kotlinx.serialization.KSerializer
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.serializer
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class SchemaOfTest {
    @Serializable
    enum class Sky {
        @SerialName("clear")
        CLEAR,

        @SerialName("rain")
        RAIN,
    }

    @Serializable
    @JvmInline
    value class Degrees(val value: Double)

    @Serializable
    class Place(
        @Description("Where") val city: String,
        val days: Int = 1,
        val skies: List<Sky>,
        val limit: Degrees?,
        val sky: Sky? = null,
        val names: Map<String, Long> = emptyMap(),
        val more: JsonElement? = null,
        val extra: JsonObject,
    )

    @Serializable
    @Description("A tree")
    class Tree(val children: List<Tree>)

    @Serializable
    class Opaque(@Contextual val value: Any)

    @Serializable
    class Numbered(val byNumber: Map<Int, String>)

    @Serializable
    sealed class Shape

    @Serializable
    class Circle(val radius: Double) : Shape()

    private fun schema(serializer: KSerializer<*>): JsonElement = schemaOf(serializer.descriptor, "it")

    @Test
    fun `a class becomes an object`() {
        val expected = """
            {"type": "object",
             "properties": {
               "city": {"type": "string", "description": "Where"},
               "days": {"type": "integer"},
               "skies": {"type": "array", "items": {"type": "string", "enum": ["clear", "rain"]}},
               "limit": {"type": ["number", "null"]},
               "sky": {"anyOf": [{"type": "string", "enum": ["clear", "rain"]}, {"type": "null"}]},
               "names": {"type": "object", "additionalProperties": {"type": "integer"}},
               "more": {},
               "extra": {"type": "object"}},
             "required": ["city", "skies", "limit", "extra"]}
        """
        assertEquals(Json.parseToJsonElement(expected), schema(serializer<Place>()))
    }

    @Test
    fun `values have schemas too`() {
        assertEquals("""{"type":"integer"}""", schema(serializer<Int>()).toString())
        assertEquals("""{"type":"array","items":{"type":"boolean"}}""", schema(serializer<List<Boolean>>()).toString())
    }

    @Test
    fun `what cannot be described is refused with its place`() {
        val refused = listOf(serializer<Tree>(), serializer<Opaque>(), serializer<Numbered>(), serializer<Shape>())
        for (serializer in refused) {
            val error = assertThrows(DovetailError::class.java) { schema(serializer) }
            assertEquals(ErrorCode.INVALID_ARGUMENT, error.code)
            assertTrue(error.detail.startsWith("it: "), error.detail)
        }
    }

    @Test
    fun `arguments are an object`() {
        for (serializer in listOf(serializer<Int>(), serializer<List<Int>>(), serializer<Place?>())) {
            assertThrows(DovetailError::class.java) { objectSchemaOf(serializer.descriptor, "input") }
        }
    }
}
