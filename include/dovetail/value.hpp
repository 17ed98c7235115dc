// A JSON value, for programs without nlohmann/json: the part of its interface that this package and small programs
// need, under the same names. Text goes in by `Json::parse` and out by `dump`, for any other JSON library.
#ifndef DOVETAIL_VALUE_HPP
#define DOVETAIL_VALUE_HPP

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace dovetail {

class Json;

namespace detail {

class JsonText;

/// A value on the heap that is copied with its owner.
template <class T> class Box {
public:
    Box() : value_(std::make_unique<T>()) {}
    Box(const Box& other) : value_(std::make_unique<T>(*other.value_)) {}
    Box(Box&& other) : Box() { value_.swap(other.value_); }
    Box& operator=(Box other) noexcept {
        value_.swap(other.value_);
        return *this;
    }
    T& operator*() { return *value_; }
    const T& operator*() const { return *value_; }

private:
    std::unique_ptr<T> value_;
};

/// Whether a type is a sequence that becomes an array, or a map of strings that becomes an object.
template <class T, class = void> struct IsSequence : std::false_type {};
template <class T>
struct IsSequence<T, std::void_t<typename T::value_type, decltype(std::declval<T&>().push_back(
                                                             std::declval<typename T::value_type>()))>>
    : std::bool_constant<!std::is_same_v<T, std::string>> {};
template <class T, class = void> struct IsMap : std::false_type {};
template <class T>
struct IsMap<T, std::void_t<typename T::mapped_type>> : std::is_same<typename T::key_type, std::string> {};
template <class T> struct IsPair : std::false_type {};
template <class A, class B> struct IsPair<std::pair<A, B>> : std::true_type {};

} // namespace detail

/// A JSON value. A type of one's own is written by a function `to_json(Json&, const T&)` and read by
/// `from_json(const Json&, T&)` in its own namespace.
class Json {
public:
    using Array = std::vector<Json>;
    using Object = std::map<std::string, Json>;

    /// A value is not of the kind that was asked for, a member is missing, or a text is no JSON.
    class exception : public std::runtime_error {
    public:
        using std::runtime_error::runtime_error;
    };

    /// Null.
    Json() = default;
    Json(std::nullptr_t) {}
    Json(bool value) : value_(value) {}
    Json(const char* value) : value_(std::string(value)) {}
    Json(std::string value) : value_(std::move(value)) {}
    /// An object when every element is a pair of a string and a value, an array otherwise.
    Json(std::initializer_list<Json> elements) {
        bool pairs = true;
        for (const Json& element : elements) {
            pairs = pairs && element.is_array() && element.size() == 2 && element.at(0).is_string();
        }
        if (!pairs) {
            value_ = boxed(Array(elements));
            return;
        }
        Object object;
        for (const Json& element : elements) {
            object[element.at(0).text()] = element.at(1);
        }
        value_ = boxed(std::move(object));
    }
    /// Numbers, sequences, maps of strings, pairs, and what has a `to_json`.
    template <class T, class = std::enable_if_t<!std::is_same_v<std::decay_t<T>, Json> && !std::is_pointer_v<T> &&
                                                !std::is_array_v<T>>>
    Json(const T& value) {
        if constexpr (std::is_floating_point_v<T>) {
            value_ = static_cast<double>(value);
        } else if constexpr (std::is_integral_v<T> && std::is_unsigned_v<T>) {
            value_ = static_cast<uint64_t>(value);
        } else if constexpr (std::is_integral_v<T>) {
            value_ = static_cast<int64_t>(value);
        } else if constexpr (detail::IsMap<T>::value) {
            value_ = boxed(Object(value.begin(), value.end()));
        } else if constexpr (detail::IsSequence<T>::value) {
            value_ = boxed(Array(value.begin(), value.end()));
        } else if constexpr (detail::IsPair<T>::value) {
            value_ = boxed(Array{Json(value.first), Json(value.second)});
        } else {
            to_json(*this, value);
        }
    }

    static Json array(std::initializer_list<Json> elements = {}) {
        Json json;
        json.value_ = boxed(Array(elements));
        return json;
    }
    static Json object() {
        Json json;
        json.value_ = boxed(Object());
        return json;
    }

    /// Reads a text. Throws `Json::exception`.
    static Json parse(const std::string& text);
    /// Writes it without spaces. Throws `Json::exception` for a string that is no UTF-8.
    std::string dump() const;

    bool is_null() const { return value_.index() == 0; }
    bool is_boolean() const { return std::holds_alternative<bool>(value_); }
    bool is_number_integer() const {
        return std::holds_alternative<int64_t>(value_) || std::holds_alternative<uint64_t>(value_);
    }
    bool is_number() const { return is_number_integer() || std::holds_alternative<double>(value_); }
    bool is_string() const { return std::holds_alternative<std::string>(value_); }
    bool is_array() const { return std::holds_alternative<detail::Box<Array>>(value_); }
    bool is_object() const { return std::holds_alternative<detail::Box<Object>>(value_); }

    /// The elements or members; 0 of null, 1 of everything else.
    std::size_t size() const {
        return is_array() ? elements().size() : is_object() ? members().size() : is_null() ? 0 : 1;
    }
    bool empty() const { return size() == 0; }

    /// The text itself, to be moved from. Throws `Json::exception` when the value is none.
    template <class Text> Text get_ref() {
        static_assert(std::is_same_v<Text, std::string&>, "only a text can be had by reference");
        static_cast<void>(text());
        return std::get<std::string>(value_);
    }

    /// The value as another type. Throws `Json::exception` when it is none.
    template <class T> T get() const {
        if constexpr (std::is_same_v<T, Json>) {
            return *this;
        } else if constexpr (std::is_same_v<T, bool>) {
            return holding<bool>("a boolean");
        } else if constexpr (std::is_arithmetic_v<T>) {
            return number<T>();
        } else if constexpr (std::is_same_v<T, std::string>) {
            return text();
        } else if constexpr (detail::IsMap<T>::value) {
            T map;
            for (const auto& member : members()) {
                map.emplace(member.first, member.second.get<typename T::mapped_type>());
            }
            return map;
        } else if constexpr (detail::IsSequence<T>::value) {
            T sequence;
            for (const Json& element : elements()) {
                sequence.push_back(element.get<typename T::value_type>());
            }
            return sequence;
        } else if constexpr (detail::IsPair<T>::value) {
            return {at(0).get<typename T::first_type>(), at(1).get<typename T::second_type>()};
        } else {
            T value;
            from_json(*this, value);
            return value;
        }
    }

    bool contains(const std::string& name) const { return is_object() && members().count(name) != 0; }

    /// A member. Throws `Json::exception` when there is none.
    const Json& at(const std::string& name) const {
        const auto found = members().find(name);
        if (found == members().end()) {
            throw exception("there is no member " + name);
        }
        return found->second;
    }
    Json& at(const std::string& name) { return const_cast<Json&>(std::as_const(*this).at(name)); }
    /// An element. Throws `Json::exception` when there are not so many.
    template <class Index, class = std::enable_if_t<std::is_integral_v<Index>>> const Json& at(Index index) const {
        if (static_cast<std::size_t>(index) >= elements().size()) {
            throw exception("there is no element " + std::to_string(index));
        }
        return elements()[static_cast<std::size_t>(index)];
    }
    template <class Index, class = std::enable_if_t<std::is_integral_v<Index>>> Json& at(Index index) {
        return const_cast<Json&>(std::as_const(*this).at(index));
    }

    /// A member, made when there is none; null becomes an object.
    Json& operator[](const std::string& name) {
        if (is_null()) {
            *this = object();
        }
        static_cast<void>(members());
        return (*std::get<detail::Box<Object>>(value_))[name];
    }
    const Json& operator[](const std::string& name) const { return at(name); }
    template <class Index, class = std::enable_if_t<std::is_integral_v<Index>>>
    const Json& operator[](Index index) const {
        return at(index);
    }
    template <class Index, class = std::enable_if_t<std::is_integral_v<Index>>> Json& operator[](Index index) {
        return at(index);
    }

    /// A member as another type, or `otherwise` when there is none.
    template <class T> T value(const std::string& name, T otherwise) const {
        const auto found = members().find(name);
        return found == members().end() ? otherwise : found->second.get<T>();
    }
    std::string value(const std::string& name, const char* otherwise) const {
        return value(name, std::string(otherwise));
    }

    /// Adds an element; null becomes an array.
    void push_back(Json element) {
        if (is_null()) {
            *this = array();
        }
        static_cast<void>(elements());
        (*std::get<detail::Box<Array>>(value_)).push_back(std::move(element));
    }

    /// The elements of an array; null has none.
    const Json* begin() const { return is_null() ? nullptr : elements().data(); }
    const Json* end() const { return is_null() ? nullptr : elements().data() + elements().size(); }
    Json* begin() { return const_cast<Json*>(std::as_const(*this).begin()); }
    Json* end() { return const_cast<Json*>(std::as_const(*this).end()); }

    /// A member of an object.
    class Item {
    public:
        explicit Item(const Object::value_type& member) : member_(&member) {}
        const std::string& key() const { return member_->first; }
        const Json& value() const { return member_->second; }

    private:
        const Object::value_type* member_;
    };

    /// The members of an object by their names.
    std::vector<Item> items() const {
        std::vector<Item> items;
        for (const auto& member : members()) {
            items.emplace_back(member);
        }
        return items;
    }

    friend bool operator==(const Json& left, const Json& right) {
        if (left.is_number() && right.is_number()) {
            return left.is_number_integer() && right.is_number_integer() ? left.dump() == right.dump()
                                                                         : left.get<double>() == right.get<double>();
        }
        if (left.value_.index() != right.value_.index()) {
            return false;
        }
        return left.is_array()    ? left.elements() == right.elements()
               : left.is_object() ? left.members() == right.members()
               : left.is_string() ? left.text() == right.text()
                                  : left.is_null() || left.get<bool>() == right.get<bool>();
    }
    friend bool operator!=(const Json& left, const Json& right) { return !(left == right); }
    friend std::ostream& operator<<(std::ostream& out, const Json& value) { return out << value.dump(); }

private:
    friend class detail::JsonText;

    template <class T> static detail::Box<T> boxed(T value) {
        detail::Box<T> box;
        *box = std::move(value);
        return box;
    }

    template <class T> const T& holding(const char* what) const {
        if (const T* const value = std::get_if<T>(&value_)) {
            return *value;
        }
        throw exception(std::string("the value is not ") + what);
    }
    const std::string& text() const { return holding<std::string>("a string"); }
    const Array& elements() const { return *holding<detail::Box<Array>>("an array"); }
    const Object& members() const { return *holding<detail::Box<Object>>("an object"); }

    template <class T> T number() const {
        if (const auto* const signed_number = std::get_if<int64_t>(&value_)) {
            return static_cast<T>(*signed_number);
        }
        if (const auto* const unsigned_number = std::get_if<uint64_t>(&value_)) {
            return static_cast<T>(*unsigned_number);
        }
        return static_cast<T>(holding<double>("a number"));
    }

    std::variant<std::nullptr_t, bool, int64_t, uint64_t, double, std::string, detail::Box<Array>, detail::Box<Object>>
        value_ = nullptr;
};

} // namespace dovetail

#include "value_text.hpp"

#endif
