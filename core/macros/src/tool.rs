//! `#[tool]`: from a function to a value that converts into a tool.
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, ExprLit, FnArg, Ident, ItemFn, Lit, LitStr, Meta, Pat, ReturnType, Token, Type,
};

/// The options of the attribute.
#[derive(Default)]
pub(crate) struct Options {
    name: Option<LitStr>,
    title: Option<LitStr>,
    description: Option<LitStr>,
    asks_form: bool,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        while !input.is_empty() {
            let key: Ident = input.parse()?;
            if key == "asks_form" {
                options.asks_form = true;
            } else {
                input.parse::<Token![=]>()?;
                let value: LitStr = input.parse()?;
                match key.to_string().as_str() {
                    "name" => options.name = Some(value),
                    "title" => options.title = Some(value),
                    "description" => options.description = Some(value),
                    _ => {
                        return Err(Error::new(
                            key.span(),
                            "unknown option; there are name, title, description and asks_form",
                        ));
                    }
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(options)
    }
}

/// What the signature says.
struct Signature {
    fields: Vec<TokenStream>,
    names: Vec<Ident>,
    /// The expressions that the function is called with, in order.
    passed: Vec<TokenStream>,
}

pub(crate) fn expand(options: Options, mut function: ItemFn) -> syn::Result<TokenStream> {
    let signature = read(&mut function)?;
    if !function.sig.generics.params.is_empty() {
        return Err(Error::new(
            function.sig.generics.span(),
            "a tool cannot be generic: its schema must be known",
        ));
    }
    let visibility = function.vis.clone();
    let ident = function.sig.ident.clone();
    let name = options.name.map_or_else(|| ident.to_string(), |name| name.value());
    let description = options.description.map_or_else(|| documentation(&function.attrs), |text| text.value());
    let (output, fallible) = output_of(&function.sig.output);
    let Signature { fields, names, passed } = signature;
    let call = if function.sig.asyncness.is_some() {
        quote!(#ident(#(#passed),*).await)
    } else {
        quote!(#ident(#(#passed),*))
    };
    let outcome = if fallible {
        quote!(#call.map_err(::dovetail::Failure::of))
    } else {
        quote!(::core::result::Result::<#output, ::dovetail::Failure>::Ok(#call))
    };
    let title = options.title.map(|title| quote!(.title(#title)));
    let asks = options.asks_form.then(|| quote!(.asks_form()));
    let documentation: Vec<&Attribute> =
        function.attrs.iter().filter(|attr| attr.path().is_ident("doc")).collect();
    let marker = quote!(#(#documentation)* #[allow(non_camel_case_types, reason = "it stands for a function")]
        #[derive(Clone, Copy, Debug)] #visibility struct #ident;);
    function.vis = syn::Visibility::Inherited;
    Ok(quote! {
        #marker

        impl ::core::convert::From<#ident> for ::dovetail::Tool {
            fn from(_: #ident) -> Self {
                #[derive(::dovetail::__private::serde::Deserialize, ::dovetail::__private::schemars::JsonSchema)]
                #[serde(crate = "::dovetail::__private::serde")]
                #[schemars(crate = "::dovetail::__private::schemars")]
                struct Arguments { #(#fields),* }

                #function

                let tool = ::dovetail::Tool::typed::<Arguments, #output, _, _>(
                    #name,
                    #description,
                    |arguments: Arguments, context: ::dovetail::Context| async move {
                        let _ = &context;
                        let Arguments { #(#names),* } = arguments;
                        #outcome
                    },
                );
                tool #title #asks
            }
        }
    })
}

fn read(function: &mut ItemFn) -> syn::Result<Signature> {
    let mut signature = Signature { fields: Vec::new(), names: Vec::new(), passed: Vec::new() };
    for input in &mut function.sig.inputs {
        let FnArg::Typed(argument) = input else {
            return Err(Error::new(input.span(), "a tool is a free function; it has no self"));
        };
        if is_named(&argument.ty, "Context") {
            signature.passed.push(quote!(context.clone()));
            continue;
        }
        let Pat::Ident(pattern) = &*argument.pat else {
            return Err(Error::new(argument.pat.span(), "a parameter of a tool is a plain name"));
        };
        let ident = pattern.ident.clone();
        let attributes = std::mem::take(&mut argument.attrs);
        let ty = &argument.ty;
        signature.fields.push(quote!(#(#attributes)* #ident: #ty));
        signature.passed.push(quote!(#ident));
        signature.names.push(ident);
    }
    Ok(signature)
}

/// The type of the value, and whether the function may fail.
fn output_of(output: &ReturnType) -> (TokenStream, bool) {
    let ReturnType::Type(_, ty) = output else { return (quote!(()), false) };
    if let Type::Path(path) = &**ty
        && let Some(last) = path.path.segments.last()
        && last.ident == "Result"
        && let syn::PathArguments::AngleBracketed(arguments) = &last.arguments
        && let Some(value) = arguments.args.first()
    {
        return (quote!(#value), true);
    }
    (quote!(#ty), false)
}

fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == name))
}

fn documentation(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    lines.join("\n").trim().to_owned()
}
