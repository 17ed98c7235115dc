package dev.dovetail

import kotlinx.serialization.ExperimentalSerializationApi
import kotlinx.serialization.SerialInfo

/**
 * Describes a property, or a class, of a tool's input or output in its JSON Schema.
 *
 * @property value one or two sentences for the model.
 */
@OptIn(ExperimentalSerializationApi::class)
@SerialInfo
@Target(AnnotationTarget.PROPERTY, AnnotationTarget.CLASS)
public annotation class Description(val value: String)
